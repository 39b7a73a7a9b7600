"""fsck and access: what it finds of tokens and their hashes, and that no repair ever opens anything."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gangway.storage.organizations import OrganizationTable
from tests.support.directories import TABLE
from tests.upkeep.furnished import furnished
from tests.upkeep.kinds import KINDS, Damage

if TYPE_CHECKING:
    from tests.upkeep.scene import Scene

pytestmark = pytest.mark.usefixtures("one_after_another")

TOKENS = [
    pytest.param(kind, damage, id=f"{kind}-{case}")
    for kind in ("token", "token that was revoked")
    for case in ("deleted", "altered", "duplicated", "orphaned")
    if isinstance(damage := getattr(KINDS[kind], case), Damage)
]


def live(scene: Scene) -> set[str]:
    """The key ids of the tokens that open something."""
    client: Any = scene.desk.client
    organization, records = OrganizationTable(client, TABLE).access_of(scene.desk.organization)
    assert organization is not None
    now = scene.desk.clock.now()
    return {record.key_id for record in records if record.is_live(now, organization.auth_epoch)}


def hashes(scene: Scene) -> set[str]:
    vault = scene.hashes()
    return {key_id for shard in vault.shards() for key_id in vault.written(shard)}


@pytest.mark.parametrize(("kind", "damage"), TOKENS)
def test_given_a_damaged_token_then_its_repair_opens_nothing(kind: str, damage: Damage) -> None:
    scene = furnished()
    damage.done_to(scene, next(item for item in scene.items("token") if KINDS[kind].chosen(scene, item)))
    scene.fsck(repair=True)
    assert live(scene) <= {scene.ids["live"]}


def test_given_a_lost_token_then_a_revoked_record_remains_and_its_hash_can_go() -> None:
    scene = furnished()
    scene.drop(next(item for item in scene.items("token") if item["sk"]["S"] == scene.ids["live"]))
    scene.fsck(repair=True)
    (record,) = [item for item in scene.items("token") if item["sk"]["S"] == scene.ids["live"]]
    assert record["state"] == {"S": "revoked"}
    assert live(scene) == set()
    assert hashes(scene) == set()


def test_given_a_token_that_was_suspended_by_hand_then_a_person_has_to_decide() -> None:
    scene = furnished()
    (record,) = [item for item in scene.items("token") if item["sk"]["S"] == scene.ids["live"]]
    scene.put(record | {"state": {"S": "suspended"}})
    (found,) = scene.fsck(repair=True)
    assert (found.kind, found.fault, found.outcome) == ("token", "altered", "beyond repair")
    assert live(scene) == set()


def test_given_a_hash_that_no_record_names_then_it_is_removed() -> None:
    scene = furnished()
    stray = f"{scene.desk.organization}12345678"
    scene.hashes().add(stray, b"h" * 32, scene.desk.clock.now())
    assert scene.fsck() == []  # its token may just be being minted
    scene.desk.clock.advance(hours=1)
    (found,) = scene.fsck()
    assert (found.kind, found.fault, found.outcome) == ("hash", "orphaned", "found")
    assert stray in found.where
    (repaired,) = scene.fsck(repair=True)
    assert repaired.outcome == "repaired"
    assert stray not in hashes(scene)
    assert scene.fsck() == []


def test_given_a_hash_of_another_organization_then_it_is_nobody_elses_business() -> None:
    scene = furnished()
    scene.hashes().add("Org0000212345678", b"h" * 32, scene.desk.clock.now())
    scene.desk.clock.advance(hours=1)
    assert scene.fsck(repair=True) == []
    assert "Org0000212345678" in hashes(scene)


def test_given_a_live_token_without_a_hash_then_it_is_named_and_no_hash_made_up() -> None:
    scene = furnished()
    vault = scene.hashes()
    vault.remove(vault.home(scene.ids["live"]), [scene.ids["live"]])
    (found,) = scene.fsck(repair=True)
    assert (found.kind, found.fault, found.outcome) == ("hash", "missing", "beyond repair")
    assert f"gangway token revoke {scene.ids['live']}" in found.right
    assert hashes(scene) == set()
