"""One dispatcher serves an endpoint, hears who calls meanwhile, and leaves a note for what is due much later."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from gangway.changes.webhooks.dispatcher import Dispatched
from gangway.changes.webhooks.endpoint import Held, Progress
from gangway.changes.webhooks.ports import Call, Turn
from gangway.changes.webhooks.serving import SHORT, Service, call_due
from gangway.changes.webhooks.waking import is_behind
from tests.changes.fakes import NOW, FixedClock
from tests.changes.test_relay import always

if TYPE_CHECKING:
    from collections.abc import Callable

LONGEST = timedelta(minutes=5)


@dataclass
class World:
    """Turns, calls, and a dispatcher that plays what it is told, in turn; nobody else is at work unless `taken`."""

    plays: list[Callable[[World], Dispatched]]
    taken: bool = False
    rings: int = 0
    rings_in_pause: int = 0
    ended: int = 0
    calls: list[datetime] = field(default_factory=list)
    clock: FixedClock = field(default_factory=FixedClock)

    def begin(self, organization_id: str, endpoint_id: str, until: datetime) -> Turn | None:
        return None if self.taken else Turn(organization_id, endpoint_id, until, self.rings)

    def heard(self, turn: Turn) -> Turn:
        return Turn(turn.organization_id, turn.endpoint_id, turn.until, self.rings)

    def end(self, turn: Turn, *, anyway: bool = False) -> Turn | None:
        if turn.rings != self.rings and not anyway:
            return self.heard(turn)
        self.ended += 1
        return None

    def dispatch(self, _organization_id: str, _endpoint_id: str, _enough_time: object) -> Dispatched:
        return self.plays.pop(0)(self)

    def set(self, _organization_id: str, _endpoint_id: str, at: datetime) -> None:
        self.calls.append(at)

    def serve(self, enough_time: Callable[[], bool] = always) -> Dispatched | None:
        def pause(seconds: float) -> None:
            self.clock.time += timedelta(seconds=max(seconds, 0.01))
            self.rings, self.rings_in_pause = self.rings + self.rings_in_pause, 0

        service = Service(self, self, self, self.clock, pause)  # type: ignore[arg-type]  # plays three parts
        return service.serve("T", "ep1", enough_time, LONGEST)


def delivers(count: int, again: timedelta | None = None) -> Callable[[World], Dispatched]:
    return lambda world: Dispatched(count, again_at=None if again is None else world.clock.time + again)


def test_when_nothing_is_left_then_the_turn_is_given_back() -> None:
    world = World([delivers(3)])

    assert world.serve() == Dispatched(3)
    assert (world.ended, world.calls) == (1, [])


def test_when_somebody_else_serves_then_nothing_is_done() -> None:
    assert World([], taken=True).serve() is None


def test_when_somebody_called_meanwhile_then_it_looks_again() -> None:
    def is_called(world: World) -> Dispatched:
        world.rings += 1
        return Dispatched(1)

    world = World([is_called, delivers(2)])

    assert world.serve() == Dispatched(3)
    assert (world.ended, world.plays) == (1, [])


def test_a_short_pause_is_waited_for() -> None:
    world = World([delivers(0, timedelta(seconds=5)), delivers(1)])

    assert world.serve() == Dispatched(1)
    assert world.clock.time - NOW == timedelta(seconds=5)


def test_who_calls_during_a_short_pause_is_served_at_once() -> None:
    world = World([delivers(0, timedelta(seconds=5)), delivers(1)], rings_in_pause=1)

    assert world.serve() == Dispatched(1)
    assert world.clock.time - NOW < timedelta(seconds=1)


def test_for_a_long_pause_a_note_is_left() -> None:
    world = World([delivers(0, SHORT * 2)])

    world.serve()

    assert (world.calls, world.ended) == ([NOW + SHORT * 2], 1)


def test_when_time_is_up_then_a_note_is_left_for_now() -> None:
    world = World([delivers(20, timedelta())])
    world.rings = 5

    world.serve(lambda: False)

    assert (world.calls, world.ended) == ([NOW], 1)


def test_a_disabled_endpoint_is_not_called_again() -> None:
    world = World([lambda world: Dispatched(failed=1, disabled="gone", again_at=world.clock.time)])

    world.serve()

    assert (world.calls, world.ended) == ([], 1)


def test_when_the_dispatcher_fails_then_the_turn_is_given_back_and_a_note_is_left_for_now() -> None:
    def breaks(_world: World) -> Dispatched:
        raise ConnectionError

    world = World([breaks])

    with pytest.raises(ConnectionError):
        world.serve()
    assert (world.ended, world.calls) == (1, [NOW])


def test_due_notes_become_calls_and_are_cleared_after_them() -> None:
    notes = [Call("T", "ep1", "1"), Call("T", "ep2", "2")]
    done: list[str] = []

    class Calls:
        def due(self, _now: datetime, _limit: int) -> list[Call]:
            return notes

        def clear(self, call: Call) -> None:
            done.append(f"clear {call.endpoint_id}")

    class Bell:
        def ring(self, _organization_id: str, endpoint_id: str) -> None:
            done.append(f"ring {endpoint_id}")

    assert call_due(Calls(), Bell(), FixedClock(), always) == 2  # type: ignore[arg-type]  # no notes are set here
    assert done == ["ring ep1", "clear ep1", "ring ep2", "clear ep2"]


@pytest.mark.parametrize(
    ("progress", "behind"),
    [
        (Progress(next=5), True),
        (Progress(next=6), False),
        (Progress(next=5, disabled="by hand"), False),
        (Progress(next=6, held={"u1": Held((3,), 1, NOW)}), True),
        (Progress(next=6, held={"u1": Held((3,), 1, NOW + SHORT)}), False),
    ],
)
def test_an_endpoint_is_behind_when_the_log_goes_on_or_something_is_due(progress: Progress, behind: bool) -> None:
    assert is_behind(progress, 5, NOW) is behind
