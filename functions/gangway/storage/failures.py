"""Failed requests and refused tokens in the table.

All of an organization lie in one partition in the order of time: the sort key of a failed request is its time and id,
that of a count of refused tokens its minute, key id and reason, which sorts before the requests of that minute. How
many there can be is bounded by who writes them (`gangway.diagnosis.recorder`), so one partition is enough, and the
last hour is one query. Each has an expiry by the organization's setting, and is not shown after it though TTL may not
have come by.
"""

from __future__ import annotations

import itertools
import json
from dataclasses import asdict, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from gangway.diagnosis.failure import FailedRequest, RefusedToken
from gangway.diagnosis.ports import Entries
from gangway.directory.ports import TryAgain
from gangway.scim.errors import Unavailable
from gangway.storage import items, keys
from gangway.storage.table import Table
from gangway.storage.transaction import MAX_ACTIONS, Transaction

if TYPE_CHECKING:
    from collections.abc import Callable

    from types_boto3_dynamodb import DynamoDBClient

    from gangway.clock import Clock
    from gangway.diagnosis.failure import Entry
    from gangway.storage.items import Item

REQUEST_KIND: Final = "failure"
TOKEN_KIND: Final = "refusal"  # noqa: S105 - a kind of items
MAX_BYTES: Final = 4096
"""Of one failed request; a shape that makes it larger is left out."""

_STORED: Final = [each.name for each in fields(FailedRequest)]
_LAST: Final = "~"
"""Sorts behind every time."""


class FailureTable:
    """Implements `gangway.diagnosis.ports.FailureStore`."""

    def __init__(
        self,
        dynamodb: DynamoDBClient,
        table: str,
        clock: Clock,
        client_of: Callable[[str], DynamoDBClient] | None = None,
    ) -> None:
        """Open the table.

        Args:
            dynamodb: the client; it counts refused tokens, of which nothing is verified.
            table: its name.
            clock: tells what has expired.
            client_of: gives the client for failed requests of an organization, whose token was verified; by default
                the same one for all.
        """
        self._client = dynamodb
        self._name = table
        self._clock = clock
        self._client_of = client_of or (lambda _organization_id: dynamodb)

    def add(self, organization_id: str, failure: FailedRequest, *, days: int) -> None:
        """Write the item; Unavailable if the table cannot be reached."""
        item = items.item_of(
            keys.failure(organization_id, _time(failure.time), failure.request_id),
            REQUEST_KIND,
            d=items.text(_document(failure)),
            ttl=items.number(self._expiry(failure.time, days)),
            **({"i": items.text(failure.resource_id)} if failure.resource_id else {}),
        )
        client = self._client_of(organization_id)
        _reaching(lambda: Table(client, self._name, organization_id).put(item))

    def count(self, organization_id: str, refused: RefusedToken, *, days: int) -> None:
        """Add to the item of a minute; Unavailable if the table cannot be reached."""
        key = keys.refusal(organization_id, _minute(refused.time), refused.key_id, refused.reason)
        values = {
            ":kind": items.text(TOKEN_KIND),
            ":more": items.number(refused.count),
            ":expiry": items.number(self._expiry(refused.time, days)),
        }
        table = self._of(organization_id)
        _reaching(
            lambda: table.update(
                key,
                "SET k = :kind, #ttl = :expiry ADD n :more",
                "attribute_not_exists(k) OR k = :kind",
                values,
                names={"#ttl": "ttl"},
            )
        )

    def read(self, organization_id: str, since: datetime, *, limit: int, after: str, request_id: str | None) -> Entries:
        """One query, strongly consistent; counts of the minute that `since` lies in belong to it."""
        partition = keys.failure(organization_id, "", "").pk
        first = _minute(since)
        rows = self._of(organization_id).query(
            partition, between=(first, _LAST), after=max(after, first) if after else "", limit=limit
        )
        now = self._clock.now().timestamp()
        entries = [entry_of(item) for item in rows.items if int(item["ttl"]["N"]) > now]
        entries = [each for each in entries if isinstance(each, RefusedToken) or each.time >= since]
        if request_id is not None:
            entries = [each for each in entries if isinstance(each, FailedRequest) and each.request_id == request_id]
        return Entries(tuple(entries), rows.last)

    def forget(self, organization_id: str, resource_id: str) -> int:
        """Delete the failed requests about one resource; how many there were."""
        table, partition = self._of(organization_id), keys.failure(organization_id, "", "").pk
        found = [item["sk"]["S"] for item in table.query_all(partition) if item.get("i", {}).get("S") == resource_id]
        for batch in itertools.batched(found, MAX_ACTIONS, strict=False):
            deletion = Transaction(f"forget {resource_id}")
            for sort_key in batch:
                deletion.delete(keys.Key(partition, sort_key))
            table.write(deletion)
        return len(found)

    def _of(self, organization_id: str) -> Table:
        return Table(self._client, self._name, organization_id)

    @staticmethod
    def _expiry(time: datetime, days: int) -> int:
        return int((time + timedelta(days=days)).timestamp())


def _document(failure: FailedRequest) -> str:
    told = {name: value for name, value in asdict(failure).items() if value not in (None, "", (), {})}
    text = json.dumps({**told, "time": _time(failure.time)}, ensure_ascii=False, separators=(",", ":"))
    if len(text.encode()) <= MAX_BYTES:
        return text
    small = {name: value for name, value in told.items() if name not in ("body", "query", "operations")}
    small["detail"] = failure.detail[:500]
    return json.dumps({**small, "time": _time(failure.time)}, ensure_ascii=False, separators=(",", ":"))


def entry_of(item: Item) -> Entry:
    """What an item tells of a failed request, or of refused tokens."""
    if item["k"]["S"] == TOKEN_KIND:
        minute, key_id, reason = item["sk"]["S"].split("#")
        return RefusedToken(datetime.fromisoformat(minute).replace(tzinfo=UTC), key_id, reason, int(item["n"]["N"]))
    stored: dict[str, Any] = json.loads(item["d"]["S"])
    stored["time"] = datetime.fromisoformat(stored["time"])
    stored["operations"] = tuple(stored.get("operations", ()))
    return FailedRequest(**{name: value for name, value in stored.items() if name in _STORED})


def _reaching(write: Callable[[], object]) -> None:
    try:
        write()
    except (TryAgain, ClientError) as error:
        raise Unavailable("The failed request cannot be kept.", retry_after=1) from error


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M}"
