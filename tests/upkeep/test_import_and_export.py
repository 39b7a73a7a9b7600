"""What is exported from one organization and imported into another is exported from there again, ids aside."""

from __future__ import annotations

import itertools
import json
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.directory.upkeep.errors import InvalidCursor
from gangway.directory.upkeep.export import Export
from gangway.directory.upkeep.import_ import Import, Imported, Row
from gangway.storage.table import together
from tests.fakes.dynamodb import FakeDynamoDB
from tests.support.directories import REGISTRY, TABLE, Desk, context_for
from tests.support.scim import Client, group_body, user_body
from tests.upkeep.scene import Scene

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

type Line = dict[str, Any]


class Counted:
    """A client that counts its calls by operation."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.calls: Counter[str] = Counter()

    def __getattr__(self, operation: str) -> Any:
        def call(**request: Any) -> Any:
            self.calls[operation] += 1
            return getattr(self._client, operation)(**request)

        return call


def exported(desk: Desk, *, pieces: bool = False) -> list[Line]:
    export, cursor, lines = Export(desk.store), None, list[Line]()
    while True:
        piece = export.piece(cursor, lambda: not pieces)
        lines += piece.lines
        cursor = piece.cursor
        if cursor is None:
            return lines


def imported(
    desk: Desk, lines: Sequence[Line], *, rehearse: bool = False, first: int = 1, **changes: Any
) -> list[Imported]:
    context = context_for(desk.organization, **changes)
    rows = [Row(at, line) for at, line in enumerate(lines, first)]
    importing = Import(desk.store, REGISTRY, context, desk.clock, together, rehearse=rehearse)
    return importing.rows(rows, lambda: True)


def carried_over(lines: Sequence[Line], desk: Desk) -> dict[str, str]:
    """Import an export into another organization, as the command line does; new ids by old ones."""
    ids: dict[str, str] = {}
    for line in lines:
        row = line
        if line["resourceType"] == "Members":
            row = line | {"group": ids[line["group"]], "members": [ids[each] for each in line["members"]]}
        (done,) = imported(desk, [row])
        assert done.outcome in ("created", "updated", "unchanged"), done
        if "id" in line and done.resource_id:
            ids[line["id"]] = done.resource_id
        if line["resourceType"] == "Members" and done.resource_id:
            desk.store.work.roll_forward(done.resource_id, lambda: True)
    return ids


def without_ids(lines: Sequence[Line]) -> list[Any]:
    """Lines with names in place of ids, in no order."""
    names = {line["id"]: line.get("userName") or line.get("displayName") for line in lines if "id" in line}
    told: list[Any] = []
    for line in lines:
        if line["resourceType"] == "Members":
            told.append([names[line["group"]], sorted(str(names[each]) for each in line["members"])])
        else:
            told.append({name: value for name, value in line.items() if name not in ("id", "meta")})
    return sorted(told, key=repr)


NAMES = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=8)
PEOPLE = st.lists(
    st.fixed_dictionaries(
        {"userName": NAMES},
        optional={"externalId": NAMES, "displayName": NAMES, "active": st.booleans(), "title": NAMES},
    ),
    max_size=5,
    unique_by=(
        lambda one: str(one["userName"]).casefold(),
        lambda one: str(one.get("externalId") or f"{one['userName']} has none"),
    ),
)


@settings(max_examples=25)
@given(people=PEOPLE, groups=st.lists(st.sets(st.integers(0, 4)), max_size=3))
def test_given_any_directory_when_carried_over_then_it_is_the_same(
    people: list[dict[str, Any]], groups: list[set[int]]
) -> None:
    source, target = Desk(), Desk(organization="Org00002")
    ids = [Client(source, "User").create(user_body("") | one)["id"] for one in people]
    for at, members in enumerate(groups):
        Client(source, "Group").create(
            group_body(f"group {at}", [ids[each] for each in sorted(members) if each < len(ids)])
        )
    lines = exported(source)
    carried_over(lines, target)
    assert without_ids(exported(target)) == without_ids(lines)


def test_given_an_export_when_carried_over_twice_then_the_second_time_changes_nothing() -> None:
    scene, target = Scene.new(), Desk(organization="Org00002")
    lines = exported(scene.desk)
    ids = carried_over(lines, target)
    before = exported(target)
    assert carried_over(lines, target) == ids
    assert exported(target) == before


def test_given_an_export_in_pieces_then_it_is_the_whole() -> None:
    scene = Scene.new()
    assert exported(scene.desk, pieces=True) == exported(scene.desk)


@pytest.mark.parametrize(
    "cursor", ["", "[1]", "5", "{}", '["User", -1]', '["User", "0"]', '["User", 0, "x"]', '["Robot"]', "[" * 5000]
)
def test_given_a_cursor_that_is_none_then_it_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidCursor):
        Export(Desk().store).piece(cursor, lambda: True)


def in_pieces(desk: Desk, meanwhile: Callable[[int], object]) -> list[Line]:
    """An export of one page a piece, with something happening after each."""
    export, cursor, lines = Export(desk.store), None, list[Line]()
    for number in itertools.count():
        piece = export.piece(cursor, lambda: False)
        lines += piece.lines
        cursor = piece.cursor
        if cursor is None:
            return lines
        meanwhile(number)
    raise AssertionError


def test_given_people_who_are_deleted_meanwhile_then_an_export_has_all_others_once(desk: Desk) -> None:
    users = Client(desk, "User")
    ids = sorted(users.create(user_body(f"user {at}"))["id"] for at in range(250))
    lines = in_pieces(desk, lambda number: [users.delete(ids[at]) for at in (2 * number, 2 * number + 1, 240 + number)])
    told = [line["id"] for line in lines]
    assert sorted(told) == told
    assert set(ids) - set(told) == {ids[240], ids[241]}
    assert len(set(told)) == len(told)


def test_given_members_and_groups_that_go_meanwhile_then_an_export_has_all_other_members_once(desk: Desk) -> None:
    users, groups = Client(desk, "User"), Client(desk, "Group")
    ids = sorted(users.create(user_body(f"user {at}"))["id"] for at in range(12))
    first, second = (groups.create(group_body(name, ids))["id"] for name in ("first", "second"))
    at_once = Export(desk.store)
    assert [line["members"] for line in at_once.piece(None, lambda: True).lines if "members" in line] == [ids, ids]

    def of(group: str, cursor: str | None) -> list[str]:
        lines = Export(desk.store).piece(cursor, lambda: True).lines
        return [member for line in lines if line.get("group") == group for member in line["members"]]

    in_the_first = json.dumps(["Members", 0, "", first, ids[5]])
    assert (of(first, in_the_first), of(second, in_the_first)) == (ids[6:], ids)
    users.delete(ids[0])
    users.delete(ids[6])
    assert (of(first, in_the_first), of(second, in_the_first)) == (ids[7:], [*ids[1:6], *ids[7:]])
    groups.delete(first)
    assert (of(first, in_the_first), of(second, in_the_first)) == ([], [*ids[1:6], *ids[7:]])


def test_given_large_users_then_a_piece_stays_small_enough_for_an_answer(desk: Desk) -> None:
    users = Client(desk, "User")
    for at in range(60):
        users.create(user_body(f"user {at}", title="é" * 20_000))
    sizes: list[int] = []
    export, cursor = Export(desk.store), None
    while not sizes or cursor:
        piece = export.piece(cursor, lambda: True)
        sizes.append(len(json.dumps(piece.lines)))
        cursor = piece.cursor
    assert len(sizes) > 1
    assert max(sizes) < 2_000_000


def test_given_a_row_of_somebody_who_is_there_then_only_its_attributes_change(desk: Desk) -> None:
    users = Client(desk, "User")
    ada = users.create(user_body("ada", externalId="x-1", title="Countess"))["id"]
    (done,) = imported(desk, [{"resourceType": "User", "externalId": "x-1", "userName": "adele"}])
    assert (done.outcome, done.resource_id) == ("updated", ada)
    found = users.read(ada)
    assert (found["userName"], found["title"]) == ("adele", "Countess")


def test_given_groups_that_share_a_name_then_their_rows_stay_apart(desk: Desk) -> None:
    lines: list[Line] = [
        {"resourceType": "Group", "displayName": "team", "externalId": "east"},
        {"resourceType": "Group", "displayName": "team", "externalId": "west"},
        {"resourceType": "Group", "displayName": "all"},
    ]
    created = imported(desk, lines, unique_group_names=False)
    assert [each.outcome for each in created] == ["created"] * 3
    again = imported(desk, lines, unique_group_names=False)
    assert [each.outcome for each in again] == ["unchanged"] * 3
    assert [each.resource_id for each in again] == [each.resource_id for each in created]
    (of_either,) = imported(desk, [{"resourceType": "Group", "displayName": "team"}], unique_group_names=False)
    assert (of_either.outcome, of_either.detail.partition(";")[0]) == ("refused", "2 Groups have this displayName")


def test_given_two_rows_of_one_person_in_one_request_then_it_is_one_person(desk: Desk) -> None:
    row = {"resourceType": "User", "userName": "ada"}
    done = imported(desk, [row, row])
    assert sorted(each.outcome for each in done) == ["created", "unchanged"]
    assert len({each.resource_id for each in done}) == 1


def test_given_many_rows_then_their_names_are_one_read() -> None:
    counted = Counted(FakeDynamoDB(TABLE))
    imported(Desk(counted), [{"resourceType": "User", "userName": f"user {at}"} for at in range(80)])
    assert counted.calls == {"batch_get_item": 2, "transact_write_items": 80}


def test_given_rows_that_cannot_be_then_each_says_why_and_the_others_are_done(desk: Desk) -> None:
    rows: list[Line] = [
        {"resourceType": "User", "userName": "ada"},
        {"resourceType": "User"},
        {"resourceType": "Robot", "userName": "r2"},
        {"resourceType": "User", "userName": "bob", "active": "perhaps"},
        {"resourceType": "Members", "group": "nobody", "members": []},
    ]
    done = imported(desk, rows)
    assert [each.outcome for each in done] == ["created", *["refused"] * 4]
    assert [each.line for each in done if not each.detail] == [1]
    assert "userName" in done[1].detail


def test_given_a_rehearsal_then_it_says_what_would_happen_and_writes_nothing() -> None:
    scene = Scene.new()
    before = exported(scene.desk)
    done = imported(
        scene.desk,
        [
            {"resourceType": "User", "userName": "new"},
            {"resourceType": "User", "userName": "ada", "title": "Lady"},
            {"resourceType": "User", "userName": "bob", "displayName": "bob"},
            {"resourceType": "User", "userName": "ada", "externalId": "x-bob"},
            {"resourceType": "Members", "group": scene.ids["all"], "members": [scene.ids["cy"]]},
        ],
        rehearse=True,
    )
    assert [each.outcome for each in done] == ["created", "updated", "unchanged", "refused", "updated"]
    assert exported(scene.desk) == before


def test_given_no_time_then_some_rows_are_done_all_the_same_and_the_others_left(desk: Desk) -> None:
    importing = Import(desk.store, REGISTRY, context_for(desk.organization), desk.clock, together)
    rows = [Row(at, {"resourceType": "User", "userName": f"user {at}"}) for at in range(100)]
    done = importing.rows(rows, lambda: False)
    assert [each.line for each in done] == list(range(40))
