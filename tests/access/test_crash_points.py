"""TOK-12, TOK-13, TOK-35: whatever happens to the tokens and the vault may end after any call, before or after it took
effect; the accepted tokens are always those that the items call live, and a repetition finishes what was begun."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gangway.access.errors import TokenLimitReached, WrongState
from gangway.access.revocation import Revocation
from gangway.access.tokens import AT_ONCE
from tests.access.aws import SECRETS, Cloud, Crash, MemoryCloud
from tests.access.fakes import ME, NOON, MemoryHashes
from tests.access.functions import Function, hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gangway.access.organization import Organization
    from gangway.access.tokens import Minted

SHARDS = 8
VERSION = "00000000-0000-4000-8000-000000000000"


@dataclass
class World:
    """An organization in a vault that has grown from one shard to eight: two live tokens, and two that are dead."""

    aws: Cloud
    acme: Organization = field(init=False)
    minted: list[Minted] = field(default_factory=list)

    def __post_init__(self) -> None:
        before = Function(self.aws, shards=1)
        organizations = (before.organization(f"acme-{n}", token_limit=4) for n in itertools.count())
        self.acme = next(acme for acme in organizations if self.function().vault.home(acme.id) != "00")
        self.minted = [before.mint(self.acme) for _ in range(4)]
        forgetful = Revocation(before.records, MemoryHashes(), before.clock)
        for token in self.minted[2:]:
            forgetful.revoke(self.acme, token.key_id, by=ME)  # as if it had ended before the vault was told
        self.warm = self.function()
        assert list(map(self.warm.accepts, self.minted)) == [True, True, False, False]

    def function(self) -> Function:
        return Function(self.aws)

    @property
    def first(self) -> str:
        return self.minted[0].key_id

    def assert_truthful(self) -> None:
        """Accepted is what is live by the items, and nothing else; by a warm function and by a cold one."""
        tokens = self.function().tokens.list(self.acme)
        current = self.function().organizations.get(self.acme.name)
        live = {record.key_id for record in tokens if record.is_live(NOON, current.auth_epoch)}
        for function in (self.warm, self.function()):
            assert {token.key_id for token in self.minted if function.accepts(token)} == live & self.known
        assert live <= hashes(self.aws)

    @property
    def known(self) -> set[str]:
        return {token.key_id for token in self.minted}


def mint(function: Function, world: World) -> None:
    function.mint(world.acme)


def rotate_at_once(function: Function, world: World) -> None:
    function.tokens.rotate(world.acme, world.first, by=ME, overlap=AT_ONCE)


def rotate_with_overlap(function: Function, world: World) -> None:
    function.tokens.rotate(world.acme, world.first, by=ME, overlap=timedelta(days=1))


def revoke(function: Function, world: World) -> None:
    function.revocation.revoke(world.acme, world.first, by=ME)


def revoke_all(function: Function, world: World) -> None:
    function.kill_switch.revoke_all(world.acme, by=ME)


def re_shard(function: Function, _world: World) -> None:
    moved = function.upkeep.move_home("", has_time=lambda: True)
    assert moved[1] is None


def compact(function: Function, _world: World) -> None:
    function.upkeep.compact()


def rotate_shard(function: Function, _world: World) -> None:
    for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
        function.rotation.play(step, f"arn:aws:secretsmanager:eu-west-1:1:secret:{SECRETS}00-AbCdEf", VERSION)


OPERATIONS = (mint, rotate_at_once, rotate_with_overlap, revoke, revoke_all, re_shard, compact, rotate_shard)


def crashes(operation: Callable[[Function, World], None]) -> Iterator[World]:
    """Run the operation once for every AWS call it makes, each time in a fresh world, ending before or after it."""
    for applied in (False, True):
        for at in itertools.count():
            world = World(MemoryCloud(SHARDS))
            world.aws.calls.fail(at, applied=applied)
            try:
                operation(world.function(), world)
            except Crash:
                world.aws.calls.heal()
                yield world
            else:
                break


@pytest.mark.parametrize("operation", OPERATIONS, ids=lambda operation: operation.__name__)
@pytest.mark.row("TOK-12", "TOK-13", "TOK-35")
def test_given_an_end_after_any_call_then_what_is_accepted_is_what_the_items_call_live_and_a_repetition_finishes(
    operation: Callable[[Function, World], None],
) -> None:
    points = 0
    for world in crashes(operation):
        points += 1
        world.assert_truthful()
        try:
            operation(world.function(), world)
        except (TokenLimitReached, WrongState):
            # It had been done, and only its answer was lost: the records show it.
            assert operation in (rotate_at_once, rotate_with_overlap)
        world.assert_truthful()
        assert_finished(operation, world)
    assert points >= 6


def assert_finished(operation: Callable[[Function, World], None], world: World) -> None:
    """What the operation was for is so."""
    function = world.function()
    records = {record.key_id: record for record in function.tokens.list(world.acme)}
    live, dead = world.minted[:2], {token.key_id for token in world.minted[2:]}
    if operation is revoke:
        assert world.first not in hashes(world.aws)
        assert not function.accepts(live[0])
    elif operation is revoke_all:
        assert not any(map(function.accepts, live))
        assert not world.known & hashes(world.aws)
    elif operation is re_shard:
        assert {records[token.key_id].shard for token in live} == {function.vault.home(world.acme.id)}
    elif operation in (compact, rotate_shard):
        assert not dead & hashes(world.aws)
        assert all(map(function.accepts, live))
    elif operation in (rotate_at_once, rotate_with_overlap):
        assert records[world.first].successor in records
