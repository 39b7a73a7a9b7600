"""Organizations that ring together have their turns one after the other, whatever one of them has to tell."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from gangway.changes.doorbell import Answered, Ring, answer
from gangway.changes.publisher import Published, Publisher
from gangway.changes.relay import Moved, Relay

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

RINGS = (Ring("1", "importing", 0), Ring("2", "importing", 1), Ring("3", "quiet", 0))


class Backlog:
    """Relay, publisher and webhooks of organizations with so many turns of work; notes whose turn it was."""

    def __init__(self, turns: int = 10_000, **left: int) -> None:
        self.turns = turns
        self.left = left
        self.served: list[str] = []
        self.published: list[str] = []
        self.out_of_order: set[str] = set()

    def move(self, organization_id: str, _lanes: Iterable[int], enough_time: Callable[[], bool]) -> Moved:
        if not enough_time():
            return Moved(finished=False)
        self.turns -= 1
        if organization_id in self.out_of_order:
            raise ConnectionError
        self.served.append(organization_id)
        self.left[organization_id] -= 1
        return Moved(events=100, finished=not self.left[organization_id])

    def publish(self, organization_id: str, enough_time: Callable[[], bool]) -> Published:
        self.published.append(organization_id)
        return Published(events=100 if enough_time() else 0, finished=enough_time())

    def wake(self, _organization_id: str) -> int:
        return 0

    def ring(self) -> Answered:
        return answer(RINGS, cast("Relay", self), cast("Publisher", self), self, lambda: self.turns > 0)


def test_given_a_large_import_when_another_organization_rings_too_then_it_is_served_in_between() -> None:
    backlog = Backlog(importing=5, quiet=1)
    answered = backlog.ring()
    assert backlog.served == ["importing", "quiet", *["importing"] * 4]
    assert backlog.published == backlog.served
    assert (answered.ring_again, answered.events) == ([], 600)


def test_given_time_is_up_then_only_who_is_not_done_is_heard_again() -> None:
    backlog = Backlog(turns=4, importing=50, quiet=1)
    assert backlog.ring().ring_again == ["1"]
    assert backlog.served == ["importing", "quiet", "importing", "importing"]


def test_given_one_that_fails_then_it_is_heard_again_and_has_no_further_turn() -> None:
    backlog = Backlog(importing=5, quiet=3)
    backlog.out_of_order.add("importing")
    answered = backlog.ring()
    assert backlog.served == ["quiet"] * 3
    assert answered.ring_again == ["1"]
    assert list(answered.failures) == ["importing"]
