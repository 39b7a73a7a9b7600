"""Who the ids in a file stand for, and what becomes of its memberships.

A file has ids of its own; this service gives others. A membership is sent with this service's ids, without those whose
own rows were refused: one wrong row must not keep all others out of its group. An id that the file does not explain is
sent as it is, because it may be somebody who is there already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.cli.rows import FileRow

type Json = dict[str, Any]

_LINES_NAMED: Final = 5


class Memberships:
    """What is known of the file's ids.

    Args:
        ids: ids of this service by ids in the file; more are added as rows are answered.
    """

    def __init__(self, ids: dict[str, str]) -> None:
        self._ids = ids
        self._refused: dict[str, int] = {}
        self._coming: set[str] = set()

    def note(self, row: FileRow, outcome: str, given: str | None) -> None:
        """Remember what became of a user or group; in a rehearsal, those who would be created have no id yet."""
        own = row.resource.get("id")
        if not isinstance(own, str):
            return
        if outcome == "refused":
            self._refused[own] = row.line
        elif given is None:
            self._coming.add(own)
        else:
            self._ids[own] = given

    def refusal(self, row: FileRow) -> str:
        """Why a row of memberships cannot even be sent; empty if it can."""
        group, members = row.resource["group"], row.resource["members"]
        if group in self._refused:
            return f"the group's own row was refused ({_lines([self._refused[group]])})"
        if group in self._coming and group in members:
            return "a group cannot be a member of itself"
        if members and all(member in self._refused for member in members):
            return self._left_out(members)
        return ""

    def resolved(self, row: FileRow) -> Mapping[str, Any]:
        """What is sent; a group without an id is one that a rehearsal would have created."""
        resource = row.resource
        if resource["resourceType"] != "Members":
            return resource
        sent = [each for each in resource["members"] if each not in self._refused and each not in self._coming]
        group = None if resource["group"] in self._coming else self._ids.get(resource["group"], resource["group"])
        return {"resourceType": "Members", "group": group, "members": [self._ids.get(each, each) for each in sent]}

    def judged(self, row: FileRow, answer: Json) -> tuple[str, str]:
        """The outcome of a row of memberships and why, from the answer to what was sent of it."""
        members = row.resource["members"]
        outcome, detail = answer["outcome"], answer["detail"]
        if outcome == "refused":
            return outcome, detail
        if left_out := self._left_out(members):
            return "refused", left_out
        if outcome == "unchanged" and any(each in self._coming for each in members):
            return "updated", detail
        return outcome, detail

    def _left_out(self, members: Sequence[str]) -> str:
        lines = [self._refused[each] for each in members if each in self._refused]
        if not lines:
            return ""
        return f"{len(lines)} of {len(members)} members are left out: their own rows were refused ({_lines(lines)})"


def _lines(numbers: Sequence[int]) -> str:
    """Line numbers for people."""
    found = sorted(set(numbers))
    named = ", ".join(str(each) for each in found[:_LINES_NAMED])
    return f"line{'s' if len(found) > 1 else ''} {named}{', …' if len(found) > _LINES_NAMED else ''}"
