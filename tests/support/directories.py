"""Directories to test with: on the fake, or on any DynamoDB client."""

from __future__ import annotations

import itertools
import threading
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from gangway.directory.context import RequestContext
from gangway.directory.resources import Directory
from gangway.scim.dialect import Dialect
from gangway.scim.schema import load_registry
from gangway.storage.directory_store import DirectoryTable, open_directory
from tests.fakes.dynamodb import FakeDynamoDB
from tests.support.clocks import StoppedClock

if TYPE_CHECKING:
    from collections.abc import Iterator

TABLE = "directory"
ORGANIZATION = "Org00001"
REGISTRY = load_registry()
_REQUESTS = itertools.count(1)


def context_for(organization: str = ORGANIZATION, **changes: Any) -> RequestContext:
    """The context of one request; every call is another request."""
    context = RequestContext(
        organization_id=organization,
        request_id=f"request-{next(_REQUESTS)}",
        actor=f"{organization}kid00001",
        base_url="https://gangway.example/scim/v2/acme",
        cursor_key=b"k" * 32,
        dialect=Dialect(),
        unknown_members="refuse",
        required_attributes=(),
        remaining_ms=lambda: 25_000,
    )
    return context._replace(**changes)


class Desk:
    """One organization's directory in one table, opened anew for every request, as the handlers do."""

    def __init__(self, client: Any = None, organization: str = ORGANIZATION, clock: Any = None) -> None:
        self.client: Any = client or FakeDynamoDB(TABLE)
        self.organization = organization
        self.clock: Any = clock or StoppedClock()

    @property
    def store(self) -> DirectoryTable:
        return open_directory(self.client, TABLE, self.organization, self.clock)

    def directory(self, **context: Any) -> Directory:
        return Directory(self.store, REGISTRY, context_for(self.organization, **context), self.clock)


def create_table(client: Any, name: str = TABLE) -> None:
    """Create the table as the program declares it: two text keys, on demand."""
    client.create_table(
        TableName=name,
        KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
        AttributeDefinitions=[
            {"AttributeName": "pk", "AttributeType": "S"},
            {"AttributeName": "sk", "AttributeType": "S"},
        ],
        BillingMode="PAY_PER_REQUEST",
    )


def moto_client() -> Iterator[Any]:
    """A boto3 client on moto, in process, with the table."""
    with mock_aws():
        client = boto3.client("dynamodb", region_name="eu-central-1")
        create_table(client)
        yield OneAtATime(client)


class OneAtATime:
    """A client that makes one call at a time: moto copies its table for a transaction without locking it."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self._lock = threading.Lock()

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def locked(**request: Any) -> Any:
            with self._lock:
                return call(**request)

        return locked
