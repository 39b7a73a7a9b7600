"""The table in docs/security.md says of every row which tests cover it, and the tests say the same."""

from tests.security.rows import NOT, claimed, covered, listed

HOW = "run `uv run python -m tests.security.rows`, and read what it changed"


def test_given_the_table_then_it_names_exactly_the_tests_that_cover_each_row() -> None:
    assert claimed() == covered(), HOW


def test_given_a_row_without_a_test_then_the_table_says_why() -> None:
    unexplained = [row for row, (_, said) in listed().items() if said.startswith(NOT) and len(said) < len(NOT) + 20]
    assert unexplained == []


def test_given_the_table_then_every_area_is_numbered_without_doubles() -> None:
    assert len(listed()) > 160
    assert set(covered()) <= set(listed())
