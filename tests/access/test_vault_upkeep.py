"""The vault is kept small, and its hashes where they belong, while tokens are minted and used."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import ClientError

from gangway.access.errors import VaultFull, VaultUnavailable
from gangway.access.revocation import Revocation
from gangway.access.token import new_key_id
from gangway.access.vault_upkeep import ORPHAN_AGE
from gangway.storage import vault_document
from tests.access.aws import SECRETS, Cloud, cloud
from tests.access.fakes import ME, NOON, MemoryHashes
from tests.access.functions import Function, hashes

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gangway.access.organization import Organization

VERSION = "00000000-0000-4000-8000-000000000000"
STEPS = ("createSecret", "setSecret", "testSecret", "finishSecret")


@pytest.fixture
def aws() -> Iterator[Cloud]:
    with cloud(1) as running:
        yield running


@pytest.fixture
def function(aws: Cloud) -> Function:
    return Function(aws)


@pytest.fixture
def acme(function: Function) -> Organization:
    return function.organization(token_limit=10)


def labels(aws: Cloud) -> dict[str, str]:
    """Where the labels of the only shard lie."""
    versions = aws.secrets.describe_secret(SecretId=f"{SECRETS}00")["VersionIdsToStages"]
    return {label: version for version, stages in versions.items() for label in stages}


def test_given_dead_tokens_of_every_kind_when_compacted_then_their_hashes_go_and_live_ones_stay(
    function: Function, acme: Organization, aws: Cloud
) -> None:
    live, suspended = function.mint(acme), function.mint(acme)
    function.revocation.suspend(acme, suspended.key_id, by=ME)
    revoked, expired = function.mint(acme), function.mint(acme, expires=NOON + timedelta(hours=1))
    Revocation(function.records, MemoryHashes(), function.clock).revoke(acme, revoked.key_id, by=ME)
    orphan = new_key_id(acme.id)
    function.vault.add(orphan, bytes(32), NOON)
    function.clock.advance(ORPHAN_AGE.total_seconds())
    done = function.upkeep.compact()
    assert done.dropped == 3
    assert 0 < done.fill < 0.01
    assert hashes(aws) == {live.key_id, suspended.key_id}
    assert expired.key_id not in hashes(aws)


def test_given_a_hash_whose_record_is_not_written_yet_when_compacted_then_it_stays(
    function: Function, acme: Organization, aws: Cloud
) -> None:
    function.vault.add(new_key_id(acme.id), bytes(32), NOON)
    function.clock.advance(ORPHAN_AGE.total_seconds() - 1)
    assert function.upkeep.compact().dropped == 0
    assert len(hashes(aws)) == 1


def test_given_nothing_dead_when_compacted_then_no_version_is_burnt(
    function: Function, acme: Organization, aws: Cloud
) -> None:
    function.mint(acme)
    before = labels(aws)
    function.upkeep.compact()
    assert labels(aws) == before


def test_given_a_kill_switch_or_a_deleted_organization_then_its_hashes_are_dead(
    function: Function, acme: Organization, aws: Cloud
) -> None:
    function.mint(acme)
    current = function.organizations.get("acme")
    deleted = current._replace(state="deleted", version=current.version + 1)
    assert function.records.change_organization(current, deleted, ())
    assert function.upkeep.compact().dropped == 1
    assert hashes(aws) == set()


def test_given_an_untouched_shard_when_rotated_then_the_pending_version_is_current_and_repeating_is_harmless(
    function: Function, acme: Organization, aws: Cloud
) -> None:
    live, dead = function.mint(acme), function.mint(acme)
    Revocation(function.records, MemoryHashes(), function.clock).revoke(acme, dead.key_id, by=ME)
    for step in STEPS:
        for _ in range(2):
            function.rotation.play(step, f"{SECRETS}00", VERSION)
    assert labels(aws)["AWSCURRENT"] == VERSION
    assert hashes(aws) == {live.key_id}
    assert Function(aws).accepts(live)


def test_given_a_token_minted_between_two_steps_when_rotated_then_it_is_kept_and_the_rotation_is_complete(
    function: Function, acme: Organization, aws: Cloud
) -> None:
    first, dead = function.mint(acme), function.mint(acme)
    Revocation(function.records, MemoryHashes(), function.clock).revoke(acme, dead.key_id, by=ME)
    for step in STEPS:
        function.rotation.play(step, f"{SECRETS}00", VERSION)
        if step == "createSecret":
            second = function.mint(acme)
    assert hashes(aws) == {first.key_id, second.key_id}
    assert all(Function(aws).accepts(token) for token in (first, second))
    assert labels(aws)["AWSPENDING"] == labels(aws)["AWSCURRENT"]


def test_given_an_empty_secret_when_rotated_then_it_has_an_empty_document(function: Function, aws: Cloud) -> None:
    for step in STEPS:
        function.rotation.play(step, f"{SECRETS}00", VERSION)
    assert hashes(aws) == set()
    function.mint(function.organization())
    assert len(hashes(aws)) == 1


@pytest.mark.parametrize(("step", "secret"), [("dropSecret", f"{SECRETS}00"), ("createSecret", "others/00")])
def test_given_an_event_that_is_none_of_the_vaults_when_rotated_then_it_is_refused(
    function: Function, step: str, secret: str
) -> None:
    with pytest.raises(ValueError, match=r"no step|none of the vault"):
        function.rotation.play(step, secret, VERSION)


def test_given_a_step_without_its_predecessor_when_tested_then_it_fails(function: Function) -> None:
    with pytest.raises(VaultUnavailable):
        function.rotation.play("testSecret", f"{SECRETS}00", VERSION)


@pytest.mark.row("TOK-31")
def test_given_an_organization_that_gets_its_own_secret_then_its_hashes_move_there_and_nobody_notices(
    function: Function, acme: Organization, aws: Cloud
) -> None:
    globex = function.organization("globex")
    tokens = [function.mint(acme), function.mint(globex)]
    warm = Function(aws)
    assert all(map(warm.accepts, tokens))
    aws.secrets.create_secret(Name=f"{SECRETS}org-{acme.id}")
    mover = Function(aws, dedicated=[acme.id])
    assert mover.upkeep.move_home("", has_time=lambda: True) == (1, None)
    assert mover.upkeep.move_home("", has_time=lambda: True) == (0, None)
    own = aws.secrets.get_secret_value(SecretId=f"{SECRETS}org-{acme.id}", VersionStage="AWSCURRENT")
    assert json.loads(own["SecretString"])["hashes"].keys() == {tokens[0].key_id}
    assert hashes(aws) == {tokens[1].key_id}
    tokens.append(mover.mint(acme))
    for any_function in (warm, Function(aws), mover):
        assert all(map(any_function.accepts, tokens))
    assert mover.upkeep.compact().dropped == 0


def test_given_no_time_when_moving_then_the_next_slice_goes_on_where_it_stopped(function: Function, aws: Cloud) -> None:
    organizations = [function.organization(f"org-{n}") for n in range(4)]
    for organization in organizations:
        function.mint(organization)
        aws.secrets.create_secret(Name=f"{SECRETS}org-{organization.id}")
    mover = Function(aws, dedicated=[organization.id for organization in organizations])
    answers = iter([True, True, False])
    moved, after = mover.upkeep.move_home("", has_time=lambda: next(answers))
    assert (moved, after) == (2, "org-1")
    assert mover.upkeep.move_home(after or "", has_time=lambda: True) == (2, None)
    assert hashes(aws) == set()


def test_given_a_new_home_without_room_when_moving_then_the_token_stays_where_it_is_and_opens(
    function: Function, acme: Organization, aws: Cloud, monkeypatch: pytest.MonkeyPatch
) -> None:
    minted = function.mint(acme)
    aws.secrets.create_secret(Name=f"{SECRETS}org-{acme.id}")
    monkeypatch.setattr(vault_document, "MAX_DOCUMENT_BYTES", 60)
    with pytest.raises(VaultFull):
        Function(aws, dedicated=[acme.id]).upkeep.move_home("", has_time=lambda: True)
    assert Function(aws).accepts(minted)


def test_given_a_vault_that_is_down_when_moving_then_the_move_is_over_and_the_token_opens(
    function: Function, acme: Organization, aws: Cloud
) -> None:
    minted = function.mint(acme)
    mover = Function(aws, dedicated=[acme.id])  # the program has not made the secret yet
    with pytest.raises((VaultUnavailable, ClientError)):
        mover.upkeep.move_home("", has_time=lambda: True)
    assert Function(aws).accepts(minted)
