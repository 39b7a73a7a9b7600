"""A table in moto, in this process, whose client can be interrupted before and after every call."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from botocore.config import Config
from moto import mock_aws

from gangway.storage.change_log import ChangeLogTable
from gangway.storage.outbox import change_put
from gangway.storage.table import Table
from gangway.storage.transaction import Transaction
from tests.changes.fakes import FixedClock
from tests.changes.traffic import ORGANIZATION, Told

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from gangway.changes.entry import LogEntry

TABLE = "gangway-test"


@contextmanager
def table() -> Iterator[Any]:
    """Give a DynamoDB client of a moto that holds the stack's table, empty."""
    with mock_aws():
        client = new_client()
        client.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )
        yield client


def new_client(interrupt: Callable[[str], None] | None = None) -> Any:
    """Give another client of the same moto, perhaps one that `interrupt` is told of, before and after each call."""
    client = boto3.client(
        "dynamodb",
        region_name="eu-central-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(parameter_validation=False, retries={"total_max_attempts": 1}),
    )
    if interrupt is not None:
        client.meta.events.register("before-call.dynamodb", lambda model, **_: interrupt(f"before {model.name}"))
        client.meta.events.register("after-call.dynamodb", lambda model, **_: interrupt(f"after {model.name}"))
    return client


def commit(client: Any, told: Sequence[Told]) -> None:
    """Write what one transaction of the directory would put into the outbox."""
    transaction = Transaction("operation")
    for one in told:
        transaction.ready(change_put(one.events, stream=one.stream, sequence=one.sequence, after=one.after))
    Table(client, TABLE, ORGANIZATION).write(transaction)


def whole_log(client: Any) -> list[LogEntry]:
    """Read an organization's log from its beginning, with values."""
    log = ChangeLogTable(client, TABLE, FixedClock())
    entries: list[LogEntry] = []
    while page := log.read(ORGANIZATION, entries[-1].number if entries else 0, 100, with_values=True):
        entries += page
    return entries


def items(client: Any, kind: str) -> list[dict[str, Any]]:
    """All items of a kind, wherever they are; for assertions only."""
    return [item for item in client.scan(TableName=TABLE)["Items"] if item["k"]["S"] == kind]
