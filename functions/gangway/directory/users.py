"""Users: what differs from groups is that they return.

An identity provider deletes a person and provisions the same person again, perhaps months later, with the same
``externalId``. If both have one and it is equal, the user gets its old id back, so the application finds its own data;
in every other case the id is new, because an id must never be reassigned to somebody else (RFC 7643 section 3.1).
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from gangway.changes.tell import change as tell
from gangway.changes.tell import resource_created, resource_restored
from gangway.directory.identifiers import new_id
from gangway.directory.membership import NOBODY, MemberPlan
from gangway.directory.persistence import busy
from gangway.directory.preconditions import matches
from gangway.directory.records import NO_MEMBERSHIPS, Change, Record
from gangway.directory.use_cases import Resources
from gangway.scim.errors import InvalidValue
from gangway.scim.patch import apply_patch, parse_patch
from gangway.scim.resource import prepare

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from gangway.directory.records import Memberships, Tombstone
    from gangway.directory.representation import Answer
    from gangway.scim.projection import Selection

    type Document = dict[str, Any]


class Users(Resources):
    """The users of one organization."""

    resource_type_name = "User"

    def create(self, body: object, selection: Selection) -> Answer:
        """One round trip, unless the userName was somebody's before."""
        document = prepare(body, self.resource_type, self.context.dialect)
        self._insist(document)
        now = self.now_ms()
        fresh = Record("User", new_id("User", now), 1, now, now, document, self.operation())
        creation = Change(
            before=None,
            after=fresh,
            cause=self.cause(now),
            operation=fresh.operation,
            at=now,
            lookups_after=self.lookups(document),
            told=tell(resource_created(self.cause(now), "User", fresh.id, 1, document)),
        )
        returned: list[str] = []

        def succeed(tombstone: Tombstone) -> Change:
            change = self._succeed(creation, fresh, tombstone)
            if change.after and change.after.id != fresh.id:
                returned.append(change.after.id)
            return change

        def attempt() -> Record:
            return self._done_before(fresh.operation, returned) or self.commit(creation, succeed)

        record = self.persistence.persist(attempt)
        return self.answer(201, record, lambda: self.presenter.user(record, NO_MEMBERSHIPS, selection))

    def read(self, resource_id: str, selection: Selection, if_none_match: str | None) -> Answer:
        """The version does not cover ``groups``, so 304 is only true of answers without them."""
        known_id = self.known(resource_id)
        record, memberships = self.persistence.persist(lambda: self._read(known_id, selection))
        if record is None:
            raise self.missing()
        found = record
        unchanged = if_none_match is not None and not selection.wants("groups") and matches(if_none_match, record)
        if unchanged:
            return self.answer(304, record)
        return self.answer(200, record, lambda: self.presenter.user(found, memberships, selection))

    def replace(self, resource_id: str, body: object, selection: Selection, if_match: str | None) -> Answer:
        """What the body leaves out is removed, except what identity providers leave out by mistake."""

        def alteration(before: Record) -> Document:
            return prepare(body, self.resource_type, self.context.dialect, current=before.document)

        return self._altered(resource_id, alteration, selection, if_match)

    def patch(
        self, resource_id: str, body: object, selection: Selection, if_match: str | None, *, attributes_asked: bool
    ) -> Answer:
        """Always 200 with the resource: it is small, and clients compare it with what they wanted."""
        operations = parse_patch(body, self.context.dialect)

        def alteration(before: Record) -> Document:
            document = before.document
            dialect = self.context.dialect
            return apply_patch(document, operations, self.resource_type, dialect, resource_id=resource_id).document

        return self._altered(resource_id, alteration, selection, if_match)

    def burial(self) -> int | None:
        """A deleted user can return for some days."""
        days = timedelta(days=self.context.tombstone_days)
        return int((self.clock.now() + days).timestamp()) if days else None

    def _read(self, user_id: str, selection: Selection) -> tuple[Record | None, Memberships]:
        if selection.wants("groups"):
            records, memberships = self.store.members.users_with_groups([user_id])
            return records.get(user_id), memberships
        return self.store.heads.record(user_id), NO_MEMBERSHIPS

    def _done_before(self, operation: str, returned: Sequence[str]) -> Record | None:
        """The user whom an earlier attempt of this operation restored, if only its answer was lost.

        A creation that is repeated meets its own items; a restoration has another id, so it would not.
        """
        record = self.store.heads.record(returned[-1]) if returned else None
        return record if record and record.operation == operation else None

    def _succeed(self, creation: Change, fresh: Record, tombstone: Tombstone) -> Change:
        """The creation of somebody whose userName was that of a deleted user: of the same person, or of another."""
        if not self._is_return(fresh, tombstone):
            return creation._replace(replaces=tombstone)
        gone = tombstone.record
        if not self.store.work.clean_up(gone.id, self.persistence.has_time):
            raise busy()
        restored = fresh._replace(id=gone.id, own_version=gone.own_version + 1, created=gone.created)
        told = resource_restored(creation.cause, "User", gone.id, restored.own_version, restored.document)
        return creation._replace(after=restored, replaces=tombstone, told=tell(told))

    def _is_return(self, fresh: Record, tombstone: Tombstone) -> bool:
        external_id = fresh.document.get("externalId")
        same = bool(external_id) and tombstone.record.document.get("externalId") == external_id
        return same and tombstone.expires > fresh.created // 1000

    def _altered(
        self,
        resource_id: str,
        alteration: Callable[[Record], Document],
        selection: Selection,
        if_match: str | None,
    ) -> Answer:
        memberships = NO_MEMBERSHIPS

        def read() -> Record | None:
            nonlocal memberships
            record, memberships = self._read(self.known(resource_id), selection)
            return record

        def checked(before: Record) -> tuple[Document, MemberPlan]:
            document = alteration(before)
            self._insist(document)
            return document, NOBODY

        record = self.alter(read, checked, if_match)
        return self.answer(200, record, lambda: self.presenter.user(record, memberships, selection))

    def _insist(self, document: Document) -> None:
        """An organization may require attributes that the schema leaves open, for instance e-mail addresses."""
        for name in self.context.required_attributes:
            if name not in document:
                raise InvalidValue(f"{name} is required in this organization")
