"""The benchmark of the directory meets its goals at a size that is quick to take."""

from __future__ import annotations

from tests.bench.directory import Counter, of_groups, of_users, of_walks


def test_every_goal_is_met() -> None:
    counter = Counter(101, (10,))
    taken = [*of_users(Counter(100, (10,)), "100 users"), *of_groups(counter, 10), *of_walks(450)]
    assert len([figure for figure in taken if figure.met]) == 20
    assert [figure for figure in taken if figure.met is False] == []
