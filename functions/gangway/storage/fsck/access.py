"""Settings and tokens, against what was told of them.

Access is never made anew here: of a token that was lost or cannot be read there is a revoked record afterwards, and a
record is put back to what was told only where that opens nothing that is closed now. Anything else is for an operator.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Final

from gangway.access.event_documents import organization_document, token_document
from gangway.access.organization import ORGANIZATION_ID_LENGTH
from gangway.access.token import KEY_ID_LENGTH, TokenRecord
from gangway.changes.difference import apply
from gangway.changes.tell import change
from gangway.changes.tell_access import token_changed, token_created
from gangway.storage import keys, organization_items
from gangway.storage.fsck.history import nothing_expired, told_of
from gangway.storage.fsck.sight import Flaw, kind_of
from gangway.storage.outbox import change_put

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key

_UNREADABLE: Final = (KeyError, ValueError, TypeError, AttributeError)
_EVENT_OF_STATE: Final = {"revoked": "token.revoked", "suspended": "token.suspended", "active": "token.resumed"}


@dataclass(frozen=True, slots=True)
class _Told:
    """What was told: the state after the last event, and its version; nothing if the first events are not known."""

    document: Mapping[str, Any]
    version: int


def judge_settings(ground: Ground) -> Judge:
    """Judge the settings of an organization."""
    key = keys.access(ground.organization, organization_items.SETTINGS_KEY)

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        told = _told(ground, ground.organization, "organization", sight)
        if item is None or told is None:
            return
        settings = organization_items.organization(item)
        differing = _differing(told.document, organization_document(settings))
        if settings.version <= told.version and differing:
            wrong = f"differs from what was told in {', '.join(differing)}"
            right = "say which it is to be: gangway org update; if authEpoch is lower, revoke all tokens"
            yield Flaw("meta", "altered", key, wrong, right, None)

    return judge


def judge_token(ground: Ground, key: Key, is_hashed: Callable[[TokenRecord], bool]) -> Judge:
    """Judge the record of a token, or that there is none; `is_hashed` says whether the vault has its hash."""

    def judge(sight: Sight) -> Iterator[Flaw]:
        item = sight.one(key)
        if not is_key_id(ground, key.sk):
            if item is not None:
                kind = kind_of(item) or "token"
                yield Flaw(kind, "orphaned", key, "no key id of this organization", "not there", {key: None})
            return
        told = _told(ground, key.sk, "token", sight)
        record = record_in(item)
        if record is None:
            yield from _closed(ground, key, item, told)
        elif told is None:
            if _must_be_told(ground, key.sk, sight):
                yield _never_told(ground, key, record, is_hashed=is_hashed(record))
        elif record.version > told.version:
            before = _record_told(told, record)
            yield Flaw("outbox", "missing", key, "is as no event tells", "told", _tell(ground, before, record))
        elif differing := _differing(told.document, token_document(record)):
            yield _as_told(ground, key, record, told, differing)

    return judge


def _never_told(ground: Ground, key: Key, record: TokenRecord, *, is_hashed: bool) -> Flaw:
    """Who was minted has a hash, written before the record; what has none is nobody's token."""
    if not is_hashed:
        return Flaw("token", "orphaned", key, "neither an event nor the vault knows of it", "not there", {key: None})
    return Flaw("outbox", "missing", key, "none of its events is there", "told", _tell(ground, None, record))


def is_key_id(ground: Ground, name: str) -> bool:
    """Whether a name can be the key id of a token of this organization."""
    return len(name) == KEY_ID_LENGTH and name[:ORGANIZATION_ID_LENGTH] == ground.organization


def _told(ground: Ground, name: str, kind: str, sight: Sight) -> _Told | None:
    readable, events = told_of(ground.organization, name, sight)
    document: dict[str, Any] | None = None
    version = 0
    for event in events:
        if event.type == f"{kind}.created":
            document = dict(event.after or {})
        elif document is not None and event.type.startswith(f"{kind}."):
            document = apply(document, event.before or {}, event.after or {})
        version = max(version, event.version)
    return _Told(document, version) if document is not None and readable else None


def _must_be_told(ground: Ground, name: str, sight: Sight) -> bool:
    """Whether its creation would still be known: nothing at all is told of it, and no event has expired yet."""
    readable, events = told_of(ground.organization, name, sight)
    return readable and not events and nothing_expired(ground.organization, sight)


def _differing(told: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    """What is not as it was told. What events do not mention may have come with a later release."""
    return sorted(name for name, value in told.items() if now.get(name) != value)


def record_in(item: Item | None) -> TokenRecord | None:
    """The record of a token that an item holds, if it can be read."""
    try:
        return organization_items.token(item) if item and item["k"]["S"] == "token" else None
    except _UNREADABLE:
        return None


def _closed(ground: Ground, key: Key, item: Item | None, told: _Told | None) -> Iterator[Flaw]:
    """Of a live token whose record is lost a revoked one remains; one that is over for good may be forgotten."""
    wrong = "not there" if item is None else "cannot be read"
    fault: Fault = "missing" if item is None else "altered"
    now = ground.clock.now()
    before = _record_told(told, _nobody(key.sk)) if told is not None else None
    if before is not None and not before.is_dead(now):
        after = before.revoked(now)._replace(version=before.version + 1)
        writes = {key: _item(ground, after)} | _tell(ground, before, after)
        yield Flaw("token", fault, key, wrong, "revoked: mint another token", writes)
    elif item is not None:
        yield Flaw("token", fault, key, wrong, "not there: mint another token", {key: None})


def _as_told(ground: Ground, key: Key, record: TokenRecord, told: _Told, differing: list[str]) -> Flaw:
    wrong = f"differs from what was told in {', '.join(differing)}"
    right = _record_told(told, record)
    now = ground.clock.now()
    if right.is_live(now, right.auth_epoch) and not record.is_live(now, record.auth_epoch):
        return Flaw("token", "altered", key, wrong, "revoke it, and mint another", None)
    return Flaw("token", "altered", key, wrong, "as its events tell", {key: _item(ground, right)})


def _record_told(told: _Told, otherwise: TokenRecord) -> TokenRecord:
    """The record as it was told; `otherwise` gives what is never told."""
    document = told.document
    return otherwise._replace(
        label=document["label"],
        creator=document["creator"],
        created=datetime.fromisoformat(document["created"]),
        expires=datetime.fromisoformat(document["expires"]) if "expires" in document else None,
        scopes=frozenset(document["scopes"]),
        source_ranges=tuple(document["sourceRanges"]),
        state=document["state"],
        successor=document.get("successor"),
        warned=document.get("daysLeft"),
        version=told.version,
    )


def _nobody(key_id: str) -> TokenRecord:
    """What is not told of a token: where its hash is. It opens nothing, so that does not matter any more."""
    return TokenRecord(key_id, "", "", datetime.min, shard="00", revision=0, auth_epoch=0)


def _item(ground: Ground, record: TokenRecord) -> Item:
    return organization_items.token_item(ground.organization, record)


def _tell(ground: Ground, before: TokenRecord | None, after: TokenRecord) -> dict[Key, Item | None]:
    """The event of a change that was not told."""
    if before is None:
        event = token_created(ground.cause(), after.key_id, token_document(after))
        event = event._replace(version=after.version)
    else:
        kind: Any = _EVENT_OF_STATE[after.state]
        documents = token_document(before), token_document(after)
        told = token_changed(ground.cause(), kind, after.key_id, after.version, *documents)
        created = token_created(ground.cause(), after.key_id, documents[1])
        event = told or created._replace(version=after.version)
    put: Item = change_put(change(event))["Put"]["Item"]
    return {keys.outbox(ground.organization, after.key_id, after.key_id, after.version): put}
