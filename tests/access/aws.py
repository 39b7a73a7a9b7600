"""Table and vault on moto, with every call counted and able to fail at a chosen point."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import boto3
from moto import mock_aws

from gangway.storage.organizations import OrganizationTable
from gangway.storage.token_vault import TokenVault
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.secrets_manager import FakeSecretsManager

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

TABLE = "gangway-test"
SECRETS = "gangway-test/tokens/"


class Crash(BaseException):
    """The process ends here; nothing may catch it."""


class Calls:
    """The AWS calls of a test in order; the n-th can be made to fail.

    moto lets two threads into one operation, which AWS does not, so calls are made one at a time.
    """

    def __init__(self) -> None:
        self.made: list[str] = []
        self._lock = threading.Lock()
        self._at: int | None = None
        self._applied = False
        self._error: BaseException = Crash()

    def fail(self, at: int, error: BaseException | None = None, *, applied: bool = False) -> None:
        """Let call number `at` from now on fail; `applied`: only after it took effect."""
        self.made.clear()
        self._at, self._applied, self._error = at, applied, error or Crash()

    def heal(self) -> None:
        self._at = None
        self.made.clear()

    def watch(self, client: Any) -> Any:
        """Route the client's calls through here."""
        make_call = client._make_api_call

        def watched(operation: str, parameters: dict[str, Any]) -> Any:
            return self.call(operation, lambda: make_call(operation, parameters))

        client._make_api_call = watched
        return client

    def call(self, operation: str, make: Callable[[], Any]) -> Any:
        """Make a call, or let it fail."""
        with self._lock:
            failing = len(self.made) == self._at
            self.made.append(operation)
            if failing and not self._applied:
                raise self._error
            answer = make()
            if failing:
                raise self._error
            return answer


class Cloud:
    """An AWS account as the Pulumi program leaves it: an empty table, secrets without a value."""

    def __init__(self, shards: int = 2) -> None:
        self.calls = Calls()
        self.shards = shards
        self.dynamodb = self.calls.watch(boto3.client("dynamodb", "eu-west-1"))
        self.secrets = self.calls.watch(boto3.client("secretsmanager", "eu-west-1"))
        self.dynamodb.create_table(
            TableName=TABLE,
            BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")],
        )
        for shard in range(shards):
            self.secrets.create_secret(Name=f"{SECRETS}{shard:02d}")
        self.calls.made.clear()

    def table(self) -> OrganizationTable:
        return OrganizationTable(self.dynamodb, TABLE)

    def vault(self, shards: int | None = None, dedicated: Collection[str] = ()) -> TokenVault:
        """A vault with an empty memory, as a new function has it; `shards`: those of another deployment."""
        return TokenVault(
            self.secrets,
            secret_prefix=SECRETS,
            shards=shards or self.shards,
            dedicated=dedicated,
            sleep=lambda _seconds: None,
        )


class Watched:
    """One of our own fakes of a client, with its calls routed through `Calls`."""

    def __init__(self, client: Any, calls: Calls) -> None:
        self._client, self._calls = client, calls

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        make = getattr(self._client, operation)
        return lambda **parameters: self._calls.call(operation, lambda: make(**parameters))


class MemoryCloud(Cloud):
    """The same in memory: a hundred times as fast, which is what it takes to end after every call there is."""

    def __init__(self, shards: int) -> None:
        self.calls = Calls()
        self.shards = shards
        self.fake = FakeDynamoDB(TABLE)
        self.dynamodb = Watched(self.fake, self.calls)
        self.secrets = Watched(FakeSecretsManager(f"{SECRETS}{shard:02d}" for shard in range(shards)), self.calls)


@contextmanager
def cloud(shards: int = 2) -> Iterator[Cloud]:
    with mock_aws():
        yield Cloud(shards)
