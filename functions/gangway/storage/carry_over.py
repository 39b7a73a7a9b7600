"""What must not go back when a table does: carried from the present table into a restored one before that is used.

A restore brings a directory back as it was. But tokens, webhook endpoints and the numbers of events are what others
hold, and those go by what happened since: a token that was suspended after the restore point would open the directory
again, and an endpoint that was moved would hear of it at its old address. So, for each organization:

* its tokens are those of the present table; one that only the restored table knows is revoked;
* its endpoints are those of the present table, and go on with the first event after the restore;
* its log begins anew (`gangway.storage.log_beginning`);
* it is paused, so that somebody checks it before identity providers write again.

What changes by that is told like any other change. Nothing here reads a person's data. All of it may be repeated, and
nothing changes then unless the present table has.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import batched
from typing import TYPE_CHECKING, Final

from gangway.access.event_documents import organization_document, token_document
from gangway.changes.event import ChangeEvent
from gangway.changes.tell import change
from gangway.changes.tell_access import organization_updated, token_changed, token_created
from gangway.storage import keys
from gangway.storage import organization_items as access
from gangway.storage.endpoints import EndpointTable
from gangway.storage.log_beginning import begin_log, seated
from gangway.storage.log_move import Head, read_head
from gangway.storage.organizations import OrganizationTable
from gangway.storage.outbox import change_put
from gangway.storage.table import Table
from gangway.storage.transaction import Transaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from types_boto3_dynamodb import DynamoDBClient

    from gangway.access.operator import Operator
    from gangway.access.organization import Organization
    from gangway.access.token import TokenRecord, TokenState
    from gangway.changes.event import Cause
    from gangway.changes.tell_access import TokenEvent
    from gangway.clock import Clock
    from gangway.storage.items import Item
    from gangway.storage.keys import Key

    type Write = Item | Key | ChangeEvent
    """An item to put, a key to delete, an event to tell."""

_AT_ONCE: Final = 50
"""Writes of one transaction."""
_STILL_TOLD: Final = 1_000
"""More numbers than the present table gives out until the stack goes on with the restored one, as it is paused."""
_TOLD_AS: Final[Mapping[TokenState, TokenEvent]] = {
    "active": "token.resumed",
    "suspended": "token.suspended",
    "revoked": "token.revoked",
}


@dataclass(frozen=True, slots=True)
class Size:
    """How many users and groups an organization counts."""

    users: int
    groups: int


@dataclass(frozen=True, slots=True)
class Since:
    """What has happened to an organization since the restore point, and what of it is not undone.

    Attributes:
        name: the organization's.
        state: its state in the present table; None: it is not there.
        then: its directory at the restore point.
        now: its directory in the present table.
        tokens: how many tokens are as they are now.
        revoked: key ids of tokens that only the restored table knew.
        endpoints: how many webhook endpoints are as they are now.
        number: of `directory.restored` in the log.
        erased: ids of people who were erased since, and are back.
    """

    name: str
    state: str | None
    then: Size
    now: Size
    tokens: int
    revoked: tuple[str, ...]
    endpoints: int
    number: int
    erased: tuple[str, ...]


class CarryOver:
    """Carries over, organization by organization.

    Args:
        client: may read the present table, and write the restored one.
        present: name of the table that was restored from.
        restored: name of the restored table, which nobody uses yet.
        point: the moment that it was restored to.
        by: who restores.
        clock: tells the time.
    """

    def __init__(
        self, client: DynamoDBClient, present: str, restored: str, *, point: datetime, by: Operator, clock: Clock
    ) -> None:
        self._client, self._present, self._restored = client, present, restored
        self._point, self._by, self._clock = point, by, clock

    def carry(self, organization_id: str) -> Since | None:
        """Carry one organization of the restored table over; None: it was deleted at the restore point already.

        Raises:
            Unavailable, Collision: one of the tables cannot be reached, or the restored one is being used.
        """
        old, old_tokens = OrganizationTable(self._client, self._restored).access_of(organization_id)
        now, now_tokens = OrganizationTable(self._client, self._present).access_of(organization_id)
        if old is None or old.state == "deleted":
            return None
        table, there = (Table(self._client, name, organization_id) for name in (self._restored, self._present))
        cause = self._by.cause(organization_id, self._clock.now())
        paused = _paused(old, now)
        if paused != old:
            documents = organization_document(old), organization_document(paused)
            told = organization_updated(cause, paused.version, *documents)
            _write(table, [access.settings_item(paused), *change(told)])
        tokens, revoked = _tokens(old_tokens, now_tokens)
        for before, after in tokens:
            _write(table, _of_token(cause, before, after))
        number, endpoints = self._begin_log(paused, table, read_head(there), cause)
        erased = _erased(there) - _erased(table)
        state = now.state if now else None
        sizes = _size(table), _size(there)
        return Since(old.name, state, *sizes, len(now_tokens), revoked, endpoints, number, tuple(sorted(erased)))

    def _begin_log(self, organization: Organization, table: Table, present: Head, cause: Cause) -> tuple[int, int]:
        """Let the log begin above all numbers, and the endpoints of now with it: with which, and how many there are."""
        old = read_head(table)
        begun = old.restores > present.restores and old.first > present.number
        number = old.first if begun else max(old.number, present.number) + 1 + _STILL_TOLD
        endpoints = self._seat_endpoints(table, organization.id, number)
        if not begun:
            point = self._point.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
            told = {"reason": "restore", "restoredTo": point}
            begin_log(table, number, organization.version - 1, told, cause, present)
        return number, endpoints

    def _seat_endpoints(self, table: Table, organization_id: str, number: int) -> int:
        """Put the endpoints of now in the place of those of then; says how many there are."""
        of_then, of_now = (
            EndpointTable(self._client, name, self._clock).endpoints(organization_id)
            for name in (self._restored, self._present)
        )
        there = {stored.endpoint.id for stored in of_now}
        gone = [stored.endpoint.id for stored in of_then if stored.endpoint.id not in there]
        _write(table, [seated(stored, number) for stored in of_now])
        _write(table, [keys.endpoint(organization_id, each) for each in gone])
        return len(of_now)


def _paused(old: Organization, now: Organization | None) -> Organization:
    """The organization of then, paused; its counters and the epoch of its tokens do not go back."""
    counted = now or old
    wanted = old._replace(state="paused", deletion=None, auth_epoch=counted.auth_epoch)
    if wanted == old and old.version > counted.version and old.ledger > counted.ledger:
        return old
    # one version is of `directory.restored`, the next of this
    version, ledger = max(old.version, counted.version) + 2, max(old.ledger, counted.ledger) + 1
    return wanted._replace(version=version, ledger=ledger)


def _tokens(
    old: Iterable[TokenRecord], now: Iterable[TokenRecord]
) -> tuple[list[tuple[TokenRecord | None, TokenRecord]], tuple[str, ...]]:
    """The tokens to write, before and after, and the key ids of those revoked because there is no present to go by."""
    known, present = {each.key_id: each for each in old}, {each.key_id: each for each in now}
    orphans = [each for key_id, each in known.items() if key_id not in present]
    wanted = [each._replace(state="revoked", version=each.version + 1) for each in orphans if each.state != "revoked"]
    wanted += [each for key_id, each in present.items() if known.get(key_id) != each]
    return [(known.get(each.key_id), each) for each in wanted], tuple(each.key_id for each in orphans)


def _of_token(cause: Cause, before: TokenRecord | None, after: TokenRecord) -> list[Write]:
    """A token's record and what is told of it, if operators see a difference."""
    item = access.token_item(cause.organization_id, after)
    if before is None:
        created = token_created(cause, after.key_id, token_document(after))
        return [item, created._replace(version=after.version)]
    documents = token_document(before), token_document(after)
    return [item, *change(token_changed(cause, _TOLD_AS[after.state], after.key_id, after.version, *documents))]


def _erased(table: Table) -> set[str]:
    note = keys.erasure(table.organization_id, "")
    return {item["sk"]["S"].removeprefix(note.sk) for item in table.query_all(note.pk, prefix=note.sk)}


def _size(table: Table) -> Size:
    first = {kind: keys.counter(table.organization_id, kind, 0) for kind in ("User", "Group")}
    cells = list(table.query_all(first["User"].pk))

    def count(kind: str) -> int:
        return sum(int(cell["n"]["N"]) for cell in cells if cell["sk"]["S"][0] == first[kind].sk[0])

    return Size(count("User"), count("Group"))


def _write(table: Table, writes: Sequence[Write]) -> None:
    for some in batched(writes, _AT_ONCE, strict=False):
        transaction = Transaction(uuid.uuid4().hex)
        for write in some:
            if isinstance(write, ChangeEvent):
                transaction.ready(change_put([write]))
            elif isinstance(write, dict):
                transaction.put(write)
            else:
                transaction.delete(write)
        table.write(transaction)
