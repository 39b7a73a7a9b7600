"""Entries of an organization's log: numbered, chained, and split so that a person's values can be erased.

The log must keep its numbers without gaps for ever within retention, and must forget a person on demand. So an event is
stored in two halves. The *skeleton* says what happened to which resource, by name and id only; the *values* (external
id, before, after, members) are an item of their own that can be deleted. Each entry's *seal* is a hash over its
skeleton and the seal before it, so an altered, swapped or missing entry shows. The skeleton commits to the values by a
salted hash whose salt lies with the values: while they are there, altering them shows; once they are erased, nothing
that is left lets anyone guess them.
"""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gangway.changes.event import ChangeEvent

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

FIRST_SEAL: Final = ""
"""What the first entry of a log is chained to."""

_VALUES: Final[tuple[str, ...]] = ("externalId", "before", "after", "membersAdded", "membersRemoved")
_DIGEST: Final = "valuesDigest"


@dataclass(frozen=True, slots=True)
class Values:
    """The erasable half of an event: its values as JSON text, and the salt of the skeleton's commitment to them."""

    text: str
    salt: str

    def digest(self) -> str:
        """The commitment that the skeleton holds."""
        return hashlib.sha256(f"{self.salt}\n{self.text}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One numbered entry.

    Attributes:
        number: position in the organization's log, from 1, without gaps.
        skeleton: JSON text without values; holds the commitment to them.
        seal: hash over the previous seal, the number and the skeleton; hexadecimal.
        values: None when the event has none, when they were erased, or when they were not read.
    """

    number: int
    skeleton: str
    seal: str
    values: Values | None

    def thin(self) -> dict[str, Any]:
        """The event as it may go anywhere: names and ids of what changed, no values."""
        document: dict[str, Any] = json.loads(self.skeleton)
        document.pop(_DIGEST, None)
        return document | {"number": self.number}

    def full(self) -> dict[str, Any]:
        """The event as an application receives it; with ``erased`` in place of values that are there no more."""
        document = self.thin()
        if self.values is not None:
            document["data"] |= json.loads(self.values.text)
        elif self.resource_id_of_values() is not None:
            document["data"]["erased"] = True
        return document

    def event(self) -> ChangeEvent:
        """The event as a value, perhaps an erased one. Raises UnreadableEventError for another schema version."""
        return ChangeEvent.from_document(self.full())

    def resource_id_of_values(self) -> str | None:
        """Id of the resource among whose values this entry's are kept; None when the event has none."""
        document = json.loads(self.skeleton)
        return document["data"]["resourceId"] if _DIGEST in document else None


def enter(event: ChangeEvent, number: int, previous_seal: str) -> LogEntry:
    """Make the log entry of an event that follows the entry with `previous_seal`."""
    document = event.to_document()
    data: dict[str, Any] = document["data"]
    told: dict[str, Any] = {name: data.pop(name) for name in _VALUES if name in data}
    values = None
    if any(told.values()):
        values = Values(_compact(told), salt=secrets.token_hex(16))
        document[_DIGEST] = values.digest()
    skeleton = _compact(document)
    return LogEntry(number, skeleton, _seal(previous_seal, number, skeleton), values)


def faults(entries: Iterable[LogEntry], previous: LogEntry | None = None) -> Iterator[str]:
    """Say in words what is wrong with a stretch of a log: gaps, altered skeletons, altered values. None: nothing is.

    `previous` is the entry before the stretch; without it the first entry's predecessor is taken on trust, unless it is
    number 1.
    """
    for entry in entries:
        if previous is not None and entry.number != previous.number + 1:
            yield f"after number {previous.number} comes {entry.number}"
        elif previous is not None or entry.number == 1:
            before = previous.seal if previous is not None else FIRST_SEAL
            if entry.seal != _seal(before, entry.number, entry.skeleton):
                yield f"number {entry.number} was altered, or does not follow its predecessor"
        if entry.values is not None and json.loads(entry.skeleton).get(_DIGEST) != entry.values.digest():
            yield f"the values of number {entry.number} were altered"
        previous = entry


def _seal(previous_seal: str, number: int, skeleton: str) -> str:
    return hashlib.sha256(f"{previous_seal}\n{number}\n{skeleton}".encode()).hexdigest()


def _compact(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
