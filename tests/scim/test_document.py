"""The page on what is supported says what the code does: every limit with its number, every rule with who needs it."""

import re
from pathlib import Path

from gangway.access.providers import PROVIDERS
from gangway.directory import evaluation, groups, listing, lookups, nesting, representation
from gangway.scim import limits
from gangway.scim.dialect import RULES, Rule
from gangway.storage import items

PAGE = (Path(__file__).parents[2] / "docs" / "scim.md").read_text(encoding="utf-8")

LANGUAGE = {
    "MAX_JSON_DEPTH": "Levels of nested objects and arrays in a body",
    "MAX_JSON_MEMBERS": "Members of one object in a body",
    "MAX_GROUP_PAYLOAD": "Bytes of the body of a group",
    "BYTES_PER_JSON_VALUE": "Bytes that a body may have for each object, array and comma it may hold",
    "MAX_NUMBER_LENGTH": "Characters of a number",
    "MAX_FILTER_LENGTH": "Characters of a filter or a `PATCH` path",
    "MAX_FILTER_DEPTH": "Levels of `and`, `or`, `not` and brackets inside each other in a filter",
    "MAX_FILTER_PARENTHESES": "Parentheses open at one place of a filter",
    "MAX_FILTER_TERMS": "Comparisons in a filter",
    "MAX_UNIQUE_LENGTH": "Characters of a value that must be unique, such as `userName`",
    "MAX_PATCH_OPERATIONS": "Operations in one `PATCH`, and attributes in values without a path",
    "MAX_PATCH_VISITS": "Comparisons that the filters and values of one `PATCH` may cost, group members aside",
    "MAX_VALUES": "Values of one multi-valued attribute, group members aside",
    "MAX_SELECTED_ATTRIBUTES": "Names in `attributes` or `excludedAttributes`",
}
ADVERTISED = {
    "max_payload_size": "Bytes of any other body, a bulk request included",
    "max_operations": "Operations in one bulk request",
    "max_results": "Resources in one list answer",
    "page_size": "Resources in one list answer when `count` is not given",
    "cursor_timeout": "Seconds for which a cursor can be used",
}
DIRECTORY = {
    "Bytes of one stored resource, group members aside": items.MAX_DOCUMENT_BYTES,
    "E-mail addresses of a user that are found without looking at everybody": lookups.MAX_EMAILS,
    "Resources that a search or a sorted list may look at": evaluation.MAX_EVALUATED,
    "Resources that a filter over `members` or `groups` other than by `value eq` may look at": evaluation.MAX_JOINED,
    "Groups followed for the `indirect` groups of users in one answer; beyond, only direct ones are shown": (
        nesting.MAX_GROUPS
    ),
    "Members that one request may change": groups.MAX_CHANGED,
    "Members of a group that are shown in full": representation.MAX_MEMBERS,
    "Members of a group whose names are shown unasked": representation.MAX_DISPLAYS,
    "Members shown on one page of groups": listing.MEMBER_BUDGET,
    "Members shown by name on one page of groups": listing.DISPLAY_BUDGET,
}


def expected_limits() -> dict[str, int]:
    return {
        **{row: getattr(limits, name) for name, row in LANGUAGE.items()},
        **{row: getattr(limits.LIMITS, name) for name, row in ADVERTISED.items()},
        **DIRECTORY,
    }


def rows_below(heading: str) -> list[list[str]]:
    """The cells of the first table below a heading."""
    section = PAGE.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row.strip("|").split(" | ")] for row in rows[2:]]


def test_every_limit_is_on_the_page_with_its_number() -> None:
    assert {row[0]: int(row[1].replace(",", "")) for row in rows_below("Limits")} == expected_limits()


def test_no_limit_of_the_language_is_missing_here() -> None:
    constants = {name for name in vars(limits) if re.fullmatch(r"[A-Z_]+", name)} - {"LIMITS"}
    assert constants == LANGUAGE.keys()
    assert set(limits.Limits._fields) == ADVERTISED.keys()


def test_every_rule_is_on_the_page_with_who_needs_it() -> None:
    rules = [[f"`{rule.name}`", rule.summary, rule.needed_by, in_force_for(rule)] for rule in RULES.values()]
    assert rows_below("Leniencies") == rules


def in_force_for(rule: Rule) -> str:
    having = [provider.title for provider in PROVIDERS.values() if rule.name in provider.profile]
    shown = f", and requests that use `{rule.revealed_by}`" if rule.revealed_by else ""
    return "all" if len(having) == len(PROVIDERS) else ", ".join(having) + shown
