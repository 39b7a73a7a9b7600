"""What holds for every filter.

Printing and parsing are inverse, and a filter means what a slow, obvious reading and an independent library say.
"""

import contextlib
import json
import operator
import unicodedata
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scim2_models import EnterpriseUser, User
from scim2_models.path.filter import ScimFilter

from gangway.scim.errors import InvalidFilter, ScimError
from gangway.scim.filter import Filter, parse_filter
from gangway.scim.filter.syntax import And, Comparison, Expression, Not, Or, Present, ValuePath, write
from gangway.scim.patch.place import find
from tests.scim import strategies
from tests.scim.examples import LAB, USERS, lenient, strict


@given(strategies.EXPRESSIONS)
def test_a_printed_filter_parses_to_the_same_filter_even_by_the_letter(expression: Expression) -> None:
    parsed = parse_filter(write(expression), strict())
    assert parsed == Filter(expression, strict())
    assert str(parsed) == write(expression)


# The slow, obvious reading: look everything up by lower-case name, collect all values, apply table 3 of the RFC.


def look_up(holder: Any, names: list[str]) -> list[Any]:
    """All values that the names lead to, through objects and lists alike."""
    if isinstance(holder, list):
        return [value for element in holder for value in look_up(element, names)]
    if not names:
        return [] if holder is None else [holder]
    if not isinstance(holder, dict):
        return [holder] if names == ["value"] else []
    return [found for name, value in holder.items() if name.lower() == names[0] for found in look_up(value, names[1:])]


def names_of(path: str) -> list[str]:
    urn, _, rest = path.lower().rpartition(":")
    return ([urn] if "extension" in urn else []) + rest.split(".")


EXACT = ("externalid", "badge", "manager.value")
MOMENTS = ("lastlogin", "meta.lastmodified")


def comparable(path: str, value: Any) -> Any:
    lowered = path.lower()
    if lowered.endswith(MOMENTS):
        moment = datetime.fromisoformat(value)
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if not isinstance(value, str) or lowered.endswith(EXACT):
        return value
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", value).casefold())


TABLE_3: dict[str, Callable[[Any, Any], bool]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "co": operator.contains,
    "sw": str.startswith,
    "ew": str.endswith,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
}


def is_something(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(is_something, value.values()))
    return value not in ("", [])


def means(expression: Expression, holder: Any) -> bool:
    match expression:
        case And(terms):
            return all(means(term, holder) for term in terms)
        case Or(terms):
            return any(means(term, holder) for term in terms)
        case Not(term):
            return not means(term, holder)
        case ValuePath(path, condition):
            return any(means(condition, element) for element in look_up(holder, names_of(path)))
        case Present(path):
            return any(map(is_something, look_up(holder, names_of(path))))
        case Comparison(path, name, None):
            return means(Present(value_of(path)), holder) is (name == "ne")
        case Comparison(path, name, literal):
            path = value_of(path)
            values = look_up(holder, names_of(path))
            wanted = comparable(path, literal)
            return any(TABLE_3[name](comparable(path, value), wanted) for value in values) if values else name == "ne"


def value_of(path: str) -> str:
    return f"{path}.value" if path in ("emails", "roles") else path


@given(strategies.EXPRESSIONS, st.lists(strategies.USERS, min_size=1, max_size=4))
def test_a_filter_means_what_a_slow_obvious_reading_says(expression: Expression, users: list[dict[str, Any]]) -> None:
    found = Filter(expression, strict()).bind(USERS)
    for user in users:
        assert found.matches(user) is means(expression, user)


@given(strategies.EXPRESSIONS, st.lists(strategies.USERS, min_size=1, max_size=4))
def test_a_match_has_every_equality_that_lookups_rely_on(expression: Expression, users: list[dict[str, Any]]) -> None:
    found = Filter(expression, strict()).bind(USERS)
    terms = [Comparison(each.path, "eq", each.value) for each in found.equalities()]
    for user in filter(found.matches, users):
        assert all(Filter(term, strict()).bind(USERS).matches(user) for term in terms)


@given(strategies.EXPRESSIONS, strategies.USERS)
def test_a_filter_reads_only_what_it_says_it_reads(expression: Expression, user: dict[str, Any]) -> None:
    found = Filter(expression, strict()).bind(USERS)
    stripped = {name: value for name, value in user.items() if name in found.attributes}
    assert found.matches(stripped) is found.matches(user)


# An independent implementation as the judge, on what both of us decided alike.

MODEL = User[EnterpriseUser]
OURS_ALONE = ("roles", "meta.lastModified", "emails.primary")  # derived, or stored where a model has defaults
JUDGED = {
    path: (tuple(name for name in operators if name != "ne" or "emails" not in path), literals)  # see `quantified`
    for path, (operators, literals) in strategies.PATHS.items()
    if ":lab:" not in path and path not in OURS_ALONE
}
JUDGED_PARTS = {name: strategies.PARTS[name] for name in ("value", "type")}
JUDGED_EXPRESSIONS = strategies.trees(
    strategies.comparisons(JUDGED, with_null=False)
    | st.builds(ValuePath, st.just("emails"), strategies.trees(strategies.comparisons(JUDGED_PARTS, with_null=False)))
)


@given(JUDGED_EXPRESSIONS, strategies.USERS)
def test_scim2_models_agrees(expression: Expression, user: dict[str, Any]) -> None:
    # Entitlements stand for e-mails, because there a model refuses texts that are no addresses; every value has all
    # its parts, because what `ne` and null mean for a missing one is open to interpretation; accents are composed,
    # because models compose them even where case is exact.
    text = unicodedata.normalize("NFC", write(expression)).replace("emails", "entitlements")
    judged = {name: value for name, value in user.items() if name not in (LAB, "meta", "emails")}
    complete = {"value": "v", "type": "t", "display": "d"}
    judged["entitlements"] = [complete | value for value in user.get("emails", [])]
    judged = json.loads(unicodedata.normalize("NFC", json.dumps(judged, ensure_ascii=False)))
    document = MODEL.model_validate(judged)
    assert parse_filter(text, strict()).bind(USERS).matches(judged) is ScimFilter[MODEL](text).match(document)


WORDS = [
    "userName",
    "title",
    "emails",
    "value",
    "type",
    "$ref",
    "urn:",
    "not",
    "and",
    "or",
    "eq",
    "ne",
    "co",
    "pr",
    "gt",
]
SIGNS = ["emails[", "[", "]", "(", ")", ".", ",", ":", " ", "  ", "\t", "\n", "\x00", "\ud800", '"', '"a"', '"\\', "é"]
FRAGMENTS = st.sampled_from([*WORDS, *SIGNS, "1", "-1", "1e5", "true", "null"])


@pytest.mark.parametrize("dialect", [lenient(), strict()], ids=["lenient", "strict"])
@given(
    text=st.lists(FRAGMENTS, max_size=12).map("".join)
    | st.text()
    | st.binary().map(lambda data: data.decode("latin-1"))
)
def test_any_text_is_a_filter_or_an_invalid_filter(dialect: Any, text: str) -> None:
    with contextlib.suppress(InvalidFilter):
        parse_filter(text, dialect).bind(USERS).matches({"emails": [{"value": "a"}], "title": "a"})


@given(st.lists(FRAGMENTS, max_size=12).map("".join) | st.text())
def test_any_text_is_a_path_or_refused(text: str) -> None:
    with contextlib.suppress(ScimError):
        find(USERS, text, lenient())
