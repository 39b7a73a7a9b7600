"""An import as the command line makes it, from file to directory: interrupted, rehearsed, refused, and kept waiting."""

from __future__ import annotations

import json
import tempfile
import threading
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.directory.upkeep.import_ import Import, Row
from gangway.storage.table import together
from infra.cli.errors import BusyError, CliError
from infra.cli.importing import ImportRun, Poster
from infra.cli.journal import Journal
from infra.cli.patience import TRIES, Patience
from infra.cli.rows import rows_of
from tests.support.directories import REGISTRY, Desk, context_for
from tests.support.invariants import items_of
from tests.upkeep.test_import_and_export import exported, without_ids

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

Line = dict[str, Any]

PEOPLE = 5
FILE: list[Line] = [
    {"id": "all", "displayName": "all", "members": [f"person {at}" for at in range(PEOPLE)]},
    *({"id": f"person {at}", "userName": f"user {at}", "externalId": f"x-{at}"} for at in range(PEOPLE)),
    {"id": "few", "displayName": "few", "members": ["person 1", "person 2"]},
]


class KilledError(BaseException):
    """The process that imports was killed."""


class InProcess:
    """The admin API's import without HTTP: `before` and `after` each request, something may happen."""

    def __init__(
        self,
        desk: Desk,
        before: Callable[[], None] = lambda: None,
        after: Callable[[], None] = lambda: None,
        **context: Any,
    ) -> None:
        self._desk, self._before, self._after, self._context = desk, before, after, context

    def post(self, _path: str, body: Mapping[str, Any]) -> Line:
        """Import rows."""
        self._before()
        desk, rehearse = self._desk, body["dryRun"]
        context = context_for(desk.organization, **self._context)
        importing = Import(desk.store, REGISTRY, context, desk.clock, together, rehearse=rehearse)
        done = importing.rows([Row(row["line"], row["resource"]) for row in body["rows"]], lambda: True)
        self._after()
        told = [{"line": e.line, "outcome": e.outcome, "id": e.resource_id, "detail": e.detail} for e in done]
        return {"rows": told}


def written(lines: Sequence[Line], folder: Path) -> Path:
    file = folder / "people.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return file


def imported(file: Path, api: Poster, *, pauses: list[float] | None = None) -> list[Line]:
    """Import a file; what is told of its rows."""
    patience = Patience((pauses if pauses is not None else []).append)
    with closing(Journal(file, "acme")) as journal:
        run = ImportRun(api, "acme", journal, patience, rows_per_request=2)
        return [told for some in run.outcomes(rows_of(file, {})) for told in some]


def rehearsed(file: Path, api: InProcess) -> list[Line]:
    run = ImportRun(api, "acme", None, Patience(), rows_per_request=2)
    return [told for some in run.outcomes(rows_of(file, {})) for told in some]


def killed_at(moment: int) -> Callable[[], None]:
    """Something that kills whoever does it for the `moment`th time, and all who come later."""
    lock = threading.Lock()
    moments = iter(range(1_000_000))

    def step() -> None:
        with lock:
            if next(moments) >= moment:
                raise KilledError

    return step


@pytest.mark.parametrize("half_a_line", [0, 1, 40])
def test_given_an_import_that_is_killed_at_any_point_when_repeated_then_nobody_is_missing_or_doubled(
    tmp_path: Path, half_a_line: int
) -> None:
    file = written(FILE, tmp_path)
    whole = Desk()
    imported(file, InProcess(whole))
    Journal(file, "acme").remove()
    interruptions = 0
    for moment in range(1_000):
        step, desk = killed_at(moment), Desk()
        try:
            imported(file, InProcess(desk, step, step))
        except KilledError:
            interruptions += 1
        else:
            break
        journal = file.with_name("people.jsonl.acme.progress")
        journal.write_bytes(journal.read_bytes()[: -half_a_line or None])
        again = imported(file, InProcess(desk))
        assert {told["outcome"] for told in again} <= {"created", "updated", "unchanged", "done before"}
        assert len(again) == len(FILE) + 2
        assert without_ids(exported(desk)) == without_ids(exported(whole))
        third = Counter(told["outcome"] for told in imported(file, InProcess(desk)))
        assert third == {"done before": len(FILE) + 2}
        Journal(file, "acme").remove()
    assert interruptions == 10  # five requests, before and after each


def test_given_another_file_or_other_columns_then_a_journal_is_begun_anew(tmp_path: Path) -> None:
    file = written(FILE, tmp_path)
    with closing(Journal(file, "acme")) as journal:
        journal.add([{"key": "2/0", "from": "person 1", "id": "an-id"}])
    with closing(Journal(file, "acme")) as journal:
        assert (journal.done, journal.ids) == ({"2/0"}, {"person 1": "an-id"})
    with closing(Journal(file, "acme", {"Login": "userName"})) as journal:
        assert journal.done == set()
    written(FILE[1:], tmp_path)
    with closing(Journal(file, "acme")) as journal:
        assert journal.done == set()


def test_given_rows_that_are_refused_then_the_others_join_their_groups_and_it_is_said_who_does_not(
    tmp_path: Path,
) -> None:
    lines: list[Line] = [
        {"id": "1", "userName": "ada"},
        {"id": "2", "userName": "bob", "active": "perhaps"},
        {"id": "3", "displayName": "both", "members": ["1", "2"]},
        {"id": "4", "displayName": "bob's", "members": ["2"]},
        {"id": "5", "displayName": "", "members": ["1"]},
    ]
    desk, file = Desk(), written(lines, tmp_path)
    first = {(told["line"], told["outcome"]): told["detail"] for told in imported(file, InProcess(desk))}
    assert first[3, "refused"] == "1 of 2 members are left out: their own rows were refused (line 2)"
    assert first[4, "refused"] == "1 of 1 members are left out: their own rows were refused (line 2)"
    assert [line["members"] for line in exported(desk) if line["resourceType"] == "Members"] == [
        [line["id"] for line in exported(desk) if line["resourceType"] == "User"]
    ]
    again = {(told["line"], told["outcome"]) for told in imported(file, InProcess(desk))}
    assert {(1, "done before"), (2, "refused"), (3, "done before"), (3, "refused"), (4, "refused")} <= again


def test_given_a_csv_then_a_group_is_one_however_it_is_spelled_and_every_line_says_what_is_wrong(
    tmp_path: Path,
) -> None:
    file = tmp_path / "people.csv"
    file.write_text(
        'userName,title,groups\nada,"Countess\nof Lovelace",All; engineers\nbob,,ALL\nada,,all\ncy,too,many,values\n'
    )
    desk = Desk()
    told = imported(file, InProcess(desk))
    assert [(each["line"], each["outcome"], each["who"], each["detail"]) for each in told if each["detail"]] == [
        (5, "refused", "ada", "the same userName as in line 3"),
        (6, "refused", "cy", "as many values as columns are expected"),
        (3, "refused", "3 members", "1 of 3 members are left out: their own rows were refused (line 5)"),
    ]
    lines = exported(desk)
    names = {line["id"]: line.get("userName") or line["displayName"] for line in lines if "id" in line}
    members = {
        names[line["group"]]: sorted(names[each] for each in line["members"]) for line in lines if "group" in line
    }
    assert members == {"All": ["ada", "bob"], "engineers": ["ada"]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_given_any_spreadsheet_then_its_own_delimiter_separates_columns(tmp_path: Path, delimiter: str) -> None:
    file = tmp_path / "people.csv"
    file.write_text("\ufeffuserName,title,groups\nada,Lady,'all'\n".replace(",", delimiter).replace("'", '"'))
    assert [row.resource["displayName"] for row in rows_of(file, {}) if "displayName" in row.resource] == ["all"]
    assert next(rows_of(file, {})).resource["title"] == "Lady"


@pytest.mark.parametrize("name", ["people.csv", "people.jsonl"])
def test_given_a_file_in_another_encoding_then_it_is_said_which_one_is_right(tmp_path: Path, name: str) -> None:
    file = tmp_path / name
    file.write_bytes("userName\nzoë\n".encode("latin-1"))
    with pytest.raises(CliError, match="not in UTF-8") as refused:
        list(rows_of(file, {}))
    assert (refused.value.code, refused.value.next_step) == (2, "Save it in that encoding.")


def test_given_a_stack_that_is_busy_then_it_is_asked_again_until_it_answers(tmp_path: Path) -> None:
    refusals = iter([BusyError("429", retry_after=3), None, BusyError("503"), BusyError("cut off", reached=False)])

    def sometimes() -> None:
        if refusal := next(refusals, None):
            raise refusal

    pauses: list[float] = []
    desk = Desk()
    told = imported(written(FILE[:1], tmp_path), InProcess(desk, sometimes), pauses=pauses)
    assert [each["outcome"] for each in told] == ["created", "refused"]  # the members are not in the file
    assert len(pauses) == 3
    assert pauses[0] == 3


def test_given_a_stack_that_is_busy_then_that_is_told_once_until_it_answers() -> None:
    refusals = iter([BusyError("429"), BusyError("503"), None, BusyError("429"), None])
    told: list[str] = []

    def request() -> None:
        if refusal := next(refusals):
            raise refusal

    patience = Patience(lambda _seconds: None, lambda busy: told.append(str(busy)))
    patience.ask(request)
    patience.ask(request)
    assert told == ["429", "429"]


def test_given_a_stack_that_had_no_time_for_any_row_then_it_is_asked_again(tmp_path: Path) -> None:
    created = {"line": 0, "outcome": "created", "id": "1", "detail": ""}
    answers = iter([Line(rows=[]), Line(rows=[]), Line(rows=[created])])

    class Slow:
        def post(self, _path: str, _body: Mapping[str, Any]) -> Line:
            return next(answers)

    pauses: list[float] = []
    told = imported(written(FILE[1:2], tmp_path), Slow(), pauses=pauses)
    assert [each["outcome"] for each in told] == ["created"]
    assert len(pauses) == 2


@pytest.mark.parametrize(("reached", "requests"), [(True, TRIES), (False, 1)])
def test_given_a_stack_that_stays_away_then_it_is_said(tmp_path: Path, reached: bool, requests: int) -> None:
    pauses: list[float] = []

    def never() -> None:
        raise BusyError("The stack cannot be reached.", reached=reached)

    with pytest.raises(CliError, match="cannot be reached"):
        imported(written(FILE[1:2], tmp_path), InProcess(Desk(), never), pauses=pauses)
    assert len(pauses) == requests - 1


IDS = st.sampled_from([f"person {at}" for at in range(4)] + [f"group {at}" for at in range(3)] + ["nobody"])
USERS = st.builds(
    lambda at, known, more: {"id": f"person {at}", "userName": f"user {at}"} | known | more,
    st.integers(0, 3),
    st.sampled_from([{}, {"title": "Lady"}, {"title": "Lord"}]),
    st.sampled_from([{}, {"active": False}, {"active": "perhaps"}, {"userName": ""}, {"emails": "x"}]),
)
GROUPS = st.builds(
    lambda at, members: {"id": f"group {at}", "displayName": f"name {at}", "members": members},
    st.integers(0, 2),
    st.lists(IDS, max_size=3),
)
FILES = st.lists(USERS | GROUPS | st.sampled_from([{}, {"members": ["person 1"]}, 5]), max_size=6)


@settings(max_examples=40, deadline=None)
@given(known=FILES, lines=FILES, policy=st.sampled_from(["refuse", "skip"]))
def test_given_any_file_then_a_rehearsal_tells_what_the_import_then_does(
    known: list[Line], lines: list[Line], policy: str
) -> None:
    desk = Desk()
    api = InProcess(desk, unknown_members=policy)
    with tempfile.TemporaryDirectory() as folder:
        imported(file := written(known, Path(folder)), api)
        Journal(file, "acme").remove()
        file = written(lines, Path(folder))
        before = items_of(desk.client)
        expected = rehearsed(file, api)
        assert items_of(desk.client) == before
        found = imported(file, api)
    assert sorted(map(repr, found)) == sorted(map(repr, expected))
