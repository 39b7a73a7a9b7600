"""Sends the rows of a file to a stack: users and groups in batches, some at the same time, then memberships.

What the stack has answered is written down at once, so that an import that ends in the middle, however it ends, goes
on where it stopped. What was carried out but not written down is sent again, and found to be there already.
"""

from __future__ import annotations

import json
import threading
from collections import deque
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Protocol

from infra.cli.admin import path
from infra.cli.errors import BusyError
from infra.cli.memberships import Memberships

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from infra.cli.journal import Journal
    from infra.cli.patience import Patience
    from infra.cli.rows import FileRow

type Json = dict[str, Any]

ROWS_PER_REQUEST: Final = 200
_BYTES_PER_REQUEST: Final = 600_000
_AT_ONCE: Final = 4
"""Requests at the same time; each writes eight rows at once, which is about what one partition of DynamoDB takes."""


class Keyed(NamedTuple):
    """A row and its key in the journal."""

    key: str
    row: FileRow

    @property
    def of_members(self) -> bool:
        """Whether it is a row of memberships, which need the ids of others."""
        return self.row.resource.get("resourceType") == "Members"


class Poster(Protocol):
    """The admin API, as far as an import needs it."""

    def post(self, path: str, body: Mapping[str, Any]) -> Json:
        """Have something done."""
        ...


class ImportRun:
    """One import.

    Args:
        client: the admin API.
        org: the organization.
        journal: what is done already; None for a rehearsal, which writes nothing, there or here.
        patience: repeats requests.
        rows_per_request: at most; less if they are large.
    """

    def __init__(
        self,
        client: Poster,
        org: str,
        journal: Journal | None,
        patience: Patience,
        *,
        rows_per_request: int = ROWS_PER_REQUEST,
    ) -> None:
        self._client, self._org, self._journal, self._patience = client, org, journal, patience
        self._rows_per_request = rows_per_request
        self._memberships = Memberships(journal.ids if journal else {})
        self._done = frozenset(journal.done) if journal else frozenset[str]()
        self._noting = threading.Lock()

    def outcomes(self, rows: Iterable[FileRow]) -> Iterator[list[Json]]:
        """What becomes of the rows, some at a time; rows of members must be the last.

        Raises:
            CliError: the stack refused a request as a whole, or has been busy for too long.
        """
        waiting: deque[Future[list[Json]]] = deque()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            try:
                for batch in _batches(rows, self._rows_per_request):
                    settled, left = self._settled(batch)
                    yield settled
                    while len(waiting) > (0 if batch[0].of_members else _AT_ONCE):
                        yield waiting.popleft().result()
                    if batch[0].of_members:
                        yield from self._members(left)
                    elif left:
                        waiting.append(pool.submit(self._send, left))
                while waiting:
                    yield waiting.popleft().result()
            finally:
                self._patience.give_up()
                for future in waiting:
                    future.cancel()

    def _settled(self, batch: Sequence[Keyed]) -> tuple[list[Json], list[Keyed]]:
        """What need not be sent, and what is left."""
        settled: list[Json] = []
        left: list[Keyed] = []
        for each in batch:
            if each.row.error:
                settled.append(self._refused(each.row, each.row.error))
            elif each.key in self._done:
                settled.append(told(each.row, "done before"))
            else:
                left.append(each)
        return settled, left

    def _members(self, batch: Sequence[Keyed]) -> Iterator[list[Json]]:
        refusals = {each.key: self._memberships.refusal(each.row) for each in batch}
        yield [told(each.row, "refused", refusals[each.key]) for each in batch if refusals[each.key]]
        yield self._send([each for each in batch if not refusals[each.key]])

    def _send(self, batch: Sequence[Keyed]) -> list[Json]:
        """Send rows until each has an answer: the stack leaves out what it had no time for."""
        left = dict(enumerate(batch))
        outcomes: list[Json] = []
        while left:
            answers = self._patience.ask(partial(self._answers, left))
            outcomes += self._noted([(left.pop(answer["line"]), answer) for answer in answers])
        return outcomes

    def _answers(self, left: Mapping[int, Keyed]) -> list[Json]:
        rows = [{"line": number, "resource": self._memberships.resolved(each.row)} for number, each in left.items()]
        body = {"rows": rows, "dryRun": self._journal is None}
        answers: list[Json] = self._client.post(path("orgs", self._org, "import"), body)["rows"]
        if rows and not answers:
            raise BusyError("The stack is too busy: in the time of a request it did none of the rows.")
        return answers

    def _noted(self, answered: Sequence[tuple[Keyed, Json]]) -> list[Json]:
        """Write down what is done, before anything else can happen, and tell it."""
        outcomes = []
        lines = []
        with self._noting:
            for each, answer in answered:
                if each.of_members:
                    outcome, detail = self._memberships.judged(each.row, answer)
                else:
                    outcome, detail = answer["outcome"], answer["detail"]
                    self._memberships.note(each.row, outcome, answer["id"])
                outcomes.append(told(each.row, outcome, detail))
                if outcome != "refused":
                    lines.append(_line(each, answer))
            if self._journal is not None:
                self._journal.add(lines)
        return outcomes

    def _refused(self, row: FileRow, why: str) -> Json:
        with self._noting:
            self._memberships.note(row, "refused", None)
        return told(row, "refused", why)


def told(row: FileRow, outcome: str, detail: str = "") -> Json:
    """The outcome of a row as it is reported."""
    resource = row.resource
    who = resource.get("userName") or resource.get("displayName")
    if resource.get("resourceType") == "Members" and "members" in resource:
        number = len(resource["members"])
        who = f"{number} member{'s' if number != 1 else ''}"
    return {"line": row.line, "outcome": outcome, "who": who, "detail": detail}


def _line(each: Keyed, answer: Json) -> dict[str, str]:
    known = each.row.resource.get("id")
    return {"key": each.key, **({"from": known, "id": answer["id"]} if known and answer["id"] else {})}


def _batches(rows: Iterable[FileRow], most: int) -> Iterator[list[Keyed]]:
    """Rows by the request; rows of members apart from others, and no two of one group in a request."""
    batch: list[Keyed] = []
    groups: set[str] = set()
    size = 0
    for at, row in enumerate(rows):
        each = Keyed(f"{row.line}/{at}", row)
        length = len(json.dumps(row.resource))
        group = str(row.resource.get("group")) if each.of_members else ""
        full = len(batch) == most or size + length > _BYTES_PER_REQUEST
        if batch and (full or batch[0].of_members != each.of_members or group in groups):
            yield batch
            batch, groups, size = [], set(), 0
        batch.append(each)
        groups |= {group} if group else set()
        size += length
    if batch:
        yield batch
