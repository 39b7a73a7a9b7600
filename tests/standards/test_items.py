"""docs/standards.md says of every item which tests show it, and the tests say the same."""

from tests.standards.items import DOCUMENT, GROUPS, covered, items, tables

HOW = "run `uv run python -m tests.standards.items`, and read what it changed"


def test_given_the_document_then_its_tables_are_those_of_the_items_and_the_tests() -> None:
    assert DOCUMENT.read_text(encoding="utf-8").partition("## Items")[2] == tables().removeprefix("## Items"), HOW


def test_given_an_item_then_a_test_shows_it_or_it_says_why_none_does() -> None:
    shown = covered()
    assert [each.id for each in items() if each.applicable and each.id not in shown] == []
    assert [each.id for each in items() if not each.applicable and (each.id in shown or not each.reason)] == []


def test_given_the_items_then_each_group_is_numbered_without_gaps_and_tests_name_no_others() -> None:
    ids = [each.id for each in items()]
    for name in GROUPS:
        numbers = [int(each.partition("-")[2]) for each in ids if each.startswith(f"{name}-")]
        assert numbers == list(range(1, len(numbers) + 1))
    assert set(covered()) <= set(ids)
    assert len(ids) == 411
