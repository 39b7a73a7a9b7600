"""Memberships: two items each, and a count in the group's cell, which decides when the two disagree.

A membership that is known to one side only is either half lost or half too much. The cell counts the members it has:
if it counts more than are there, the other half was lost and comes back; else the half that is there goes. A
membership of somebody who is gone is nobody's, unless the clean-up after the deletion has still to come by.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from gangway.changes.tell import members_changed
from gangway.directory.identifiers import is_id, resource_type_of
from gangway.storage import items, keys
from gangway.storage.fsck.sight import Flaw, Part, kind_of
from gangway.storage.heads import group_keys, record_from
from gangway.storage.member_writes import cell_of
from gangway.storage.members import GONE
from gangway.storage.outbox import change_put

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.directory.records import Cell, Record
    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.fsck.ground import Ground
    from gangway.storage.fsck.sight import Judge, Sight
    from gangway.storage.items import Item
    from gangway.storage.keys import Key


NESTED_MARK: Final = {"x": items.number(1)}


class Pair(NamedTuple):
    """A group and one of its members."""

    group: str
    member: str


def judge_membership(ground: Ground, pair: Pair) -> Judge:
    """Judge both items of a membership."""
    organization = ground.organization
    member_key, mirror_key = keys.member(organization, *pair), keys.mirror(organization, *pair)

    def judge(sight: Sight) -> Iterator[Flaw]:
        member, mirror = sight.all([member_key, mirror_key])
        if member is None and mirror is None:
            return
        for key, item, kind in ((member_key, member, "member"), (mirror_key, mirror, "mirror")):
            if item is not None and kind_of(item) != kind:
                yield Flaw(kind, "altered", key, "of another kind", kind, {key: items.item_of(key, kind)})
                return
        missing = _missing(ground, pair, sight)
        if missing:
            if not _is_left_to_clean_up(organization, pair, sight):
                yield _orphaned(ground, pair, missing, sight)
        elif member is None or mirror is None:
            yield _one_sided(ground, pair, sight)
        elif resource_type_of(pair.member) == "Group":
            yield from _nested(ground, sight)

    return judge


def _nested(ground: Ground, sight: Sight) -> Iterator[Flaw]:
    """Once a group is a member of a group, readers must know that there are indirect memberships to look for."""
    key = keys.pending_intents(ground.organization)
    item = sight.one(key)
    if item is None or "x" not in item:
        wrong = "does not say that a group is a member of a group"
        fault: Fault = "missing" if item is None else "altered"
        yield Flaw(
            "pending", fault, key, wrong, "says so", {key: (item or items.item_of(key, "pending")) | NESTED_MARK}
        )


def _missing(ground: Ground, pair: Pair, sight: Sight) -> str | None:
    """Which of the two is not there."""
    for resource_id in pair:
        if not is_id(resource_id) or sight.one(keys.head(ground.organization, resource_id)) is None:
            return resource_id
    return None


def _is_left_to_clean_up(organization: str, pair: Pair, sight: Sight) -> bool:
    """Whether one of the two was just deleted, and what is left of it is still to be removed."""
    return any(sight.all([keys.work(organization, GONE, resource_id) for resource_id in pair]))


def _one_sided(ground: Ground, pair: Pair, sight: Sight) -> Flaw:
    organization = ground.organization
    member_key, mirror_key = keys.member(organization, *pair), keys.mirror(organization, *pair)
    has_member = sight.one(member_key) is not None
    counted, there = _counts(ground, pair, sight)
    lost = counted > there if not has_member else counted >= there
    if has_member and lost:
        return Flaw(
            "mirror",
            "missing",
            mirror_key,
            "the group has it",
            "there",
            {mirror_key: items.item_of(mirror_key, "mirror")},
        )
    if has_member:
        wrong = "neither the member nor the group's count has it"
        return Flaw("member", "orphaned", member_key, wrong, "not there", {member_key: None})
    if lost:
        right = {member_key: items.item_of(member_key, "member")}
        return Flaw("member", "missing", member_key, "the member and the group's count have it", "there", right)
    return Flaw("mirror", "orphaned", mirror_key, "the group has it not", "not there", {mirror_key: None})


def _counts(ground: Ground, pair: Pair, sight: Sight) -> tuple[int, int]:
    """How many members the pair's cell counts, and how many of that cell there are."""
    organization, number = ground.organization, cell_of(pair.member)
    cell = sight.one(keys.version_cell(organization, pair.group, number))
    members = sight.part(Part(keys.member(organization, pair.group, "").pk))
    there = sum(cell_of(item["sk"]["S"]) == number for item in members)
    if cell is None:
        return there, there
    try:
        known = items.cell_of(cell)
    except (KeyError, ValueError):
        return there, there
    return known.users + known.groups, there


def _orphaned(ground: Ground, pair: Pair, missing: str, sight: Sight) -> Flaw:
    """A membership of somebody, or in something, that is gone."""
    organization = ground.organization
    member_key, mirror_key = keys.member(organization, *pair), keys.mirror(organization, *pair)
    is_member = sight.one(member_key) is not None
    key, kind = (member_key, "member") if is_member else (mirror_key, "mirror")
    writes: dict[Key, Item | None] = {member_key: None, mirror_key: None}
    if is_member and missing == pair.member and is_id(pair.group):
        writes |= _left(ground, pair, sight)
    return Flaw(kind, "orphaned", key, f"{missing} is not there", "not there", writes)


def _left(ground: Ground, pair: Pair, sight: Sight) -> dict[Key, Item | None]:
    """The group's cell without the member, and the event that tells of it, if the cell counts it."""
    organization = ground.organization
    wanted = group_keys(organization, pair.group)
    found = {key: item for key, item in zip(wanted, sight.all(wanted), strict=True) if item}
    group = record_from(organization, found, pair.group)
    cell = next((each for each in group.cells if each.number == cell_of(pair.member)), None) if group else None
    counted, there = _counts(ground, pair, sight)
    if group is None or cell is None or counted < there or cell.intent:
        return {}
    moved = _without(cell, pair.member, group)
    told = members_changed(
        ground.cause(),
        pair.group,
        group.version + 1,
        removed=(pair.member,),
        external_id=group.document.get("externalId"),
    )
    stream = f"{pair.group}.{cell.number}"
    put = change_put(told, stream=stream, sequence=moved.told, after=[(pair.group, group.own_version)])["Put"]["Item"]
    key = keys.outbox(organization, pair.group, stream, moved.told)
    return {
        keys.version_cell(organization, pair.group, cell.number): items.cell_item(organization, group.id, moved),
        key: put,
    }


def _without(cell: Cell, member_id: str, group: Record) -> Cell:
    is_user = resource_type_of(member_id) == "User"
    return cell._replace(
        changes=cell.changes + 1,
        told=cell.told + 1,
        users=cell.users - is_user,
        groups=cell.groups - (not is_user),
        modified=max(cell.modified, group.modified),
    )
