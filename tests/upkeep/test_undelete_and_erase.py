"""A deleted user comes back by an operator's hand; an erased one leaves nothing but numbers and ids."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from gangway.changes.event import load_change
from gangway.directory.upkeep.erasure import Erasure
from gangway.directory.upkeep.errors import NotRestorable, UnknownUser
from gangway.directory.upkeep.undelete import Undelete
from gangway.directory.users import Users
from gangway.scim.errors import NotFound
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.deleted_users import DeletedUserTable
from gangway.storage.traces import TraceTable
from tests.support.directories import REGISTRY, TABLE, context_for
from tests.support.invariants import items_of
from tests.support.scim import add_members, user_body
from tests.upkeep.scene import Scene

if TYPE_CHECKING:
    from typing import Any

SECRETS = ("Rumpelstilzchen", "rumpel@example.com", "x-rumpel", "Goldspinner")


def undelete(scene: Scene) -> Undelete:
    return Undelete(users(scene), deleted_users(scene))


def erasure(scene: Scene) -> Erasure:
    traces = TraceTable(scene.desk.client, TABLE, scene.desk.organization, scene.desk.clock)
    return Erasure(users(scene, tombstone_days=0), deleted_users(scene), traces)


def users(scene: Scene, **context: Any) -> Users:
    return Users(scene.desk.store, REGISTRY, context_for(scene.desk.organization, **context), scene.desk.clock)


def deleted_users(scene: Scene) -> DeletedUserTable:
    return DeletedUserTable(scene.desk.client, TABLE, scene.desk.organization)


def rumpelstilzchen(scene: Scene) -> str:
    """Somebody whose values are found everywhere if they are anywhere; some of the events are numbered, some wait."""
    body = user_body(SECRETS[0], externalId=SECRETS[2], emails=[{"value": SECRETS[1]}], displayName=SECRETS[0])
    user_id: str = scene.users.create(body)["id"]
    scene.groups.patch(scene.ids["all"], add_members(user_id))
    scene.relay()
    scene.users.patch(user_id, {"op": "replace", "path": "title", "value": SECRETS[3]})
    return user_id


def values_in(scene: Scene) -> list[str]:
    kept = json.dumps(list(items_of(scene.desk.client)), default=repr)
    return [secret for secret in SECRETS if secret.lower() in kept.lower()]


def test_given_a_deleted_user_when_it_is_undeleted_then_it_has_its_id_and_values_but_no_groups() -> None:
    scene = Scene.new()
    before = scene.users.read(scene.ids["ada"])
    scene.users.delete(scene.ids["ada"])
    restored = undelete(scene).restore(scene.ids["ada"])
    after = scene.users.read(scene.ids["ada"])
    assert restored.id == after["id"] == before["id"]
    assert after["externalId"] == before["externalId"]
    assert "groups" not in after
    assert scene.fsck() == []


def test_given_an_undeleted_user_then_its_restoration_is_told() -> None:
    scene = Scene.new()
    scene.users.delete(scene.ids["ada"])
    undelete(scene).restore(scene.ids["ada"])
    told = [load_change(item["e"]["S"])[0] for item in scene.items("outbox") if item["i"]["S"] == scene.ids["ada"]]
    last = max(told, key=lambda event: event.version)
    assert last.type == "user.restored"
    assert last.after == scene.desk.store.heads.record(scene.ids["ada"]).document  # type: ignore[union-attr]  # it is there


def test_given_a_user_who_is_not_deleted_then_it_cannot_be_undeleted() -> None:
    scene = Scene.new()
    with pytest.raises(NotRestorable):
        undelete(scene).restore(scene.ids["ada"])


def test_given_a_tombstone_that_has_expired_then_the_user_cannot_be_undeleted() -> None:
    scene = Scene.new()
    scene.users.delete(scene.ids["ada"])
    scene.desk.clock.advance(days=31)
    with pytest.raises(NotRestorable):
        undelete(scene).restore(scene.ids["ada"])


def test_given_a_user_name_that_was_given_away_then_its_former_owner_cannot_be_undeleted() -> None:
    scene = Scene.new()
    scene.users.delete(scene.ids["ada"])
    scene.users.create(user_body("ada", externalId="somebody else"))
    with pytest.raises(UnknownUser):
        undelete(scene).restore(scene.ids["ada"])


def test_given_an_id_that_is_none_then_nobody_is_undeleted_or_erased() -> None:
    scene = Scene.new()
    with pytest.raises(NotFound):
        undelete(scene).restore(scene.ids["all"])
    with pytest.raises(NotFound):
        erasure(scene).erase("nobody")


@pytest.mark.parametrize("deleted", [False, True])
@pytest.mark.row("SEC-10")
def test_given_a_person_when_erased_then_no_item_holds_a_value(deleted: bool) -> None:
    scene = Scene.new()
    user_id = rumpelstilzchen(scene)
    assert set(values_in(scene)) == set(SECRETS)
    if deleted:
        scene.users.delete(user_id)
    rounds = 1
    while not erasure(scene).erase(user_id).done:
        rounds += 1
        assert rounds < 5
    assert values_in(scene) == []
    scene.relay()
    assert values_in(scene) == []
    assert scene.fsck() == []


def test_given_an_erased_person_then_the_numbered_skeleton_of_its_events_stays() -> None:
    scene = Scene.new()
    user_id = rumpelstilzchen(scene)
    scene.relay()
    while not erasure(scene).erase(user_id).done:
        pass
    scene.relay()
    log = ChangeLogTable(scene.desk.client, TABLE, scene.desk.clock)
    entries = log.read(scene.desk.organization, 0, 500, with_values=True)
    assert [entry.number for entry in entries] == list(range(1, len(entries) + 1))
    told = [entry.thin()["type"] for entry in entries if entry.thin()["data"]["resourceId"] == user_id]
    assert told == ["user.created", "user.updated", "user.deleted"]


def test_given_an_erased_person_when_erased_again_then_nothing_is_found() -> None:
    scene = Scene.new()
    user_id = rumpelstilzchen(scene)
    while not erasure(scene).erase(user_id).done:
        pass
    assert erasure(scene).erase(user_id).items == 0
