"""What a glance lets pass, the careful reader would have kept as it is: the two are held to each other."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.scim import objects
from gangway.scim.dialect import LENIENT, STRICT, Dialect
from gangway.scim.objects import ObjectReader
from gangway.scim.resource import root_attribute
from gangway.scim.schema import ENTERPRISE_USER, Attribute
from gangway.scim.settled import settled_parts
from tests.bench.scim import BODY
from tests.scim.examples import GROUPS, LAB, USERS, registry_with

TWIN_TYPES = "urn:example:twins:2.0:User"
TWINS = registry_with(
    {
        "id": TWIN_TYPES,
        "attributes": [
            {
                "name": "things",
                "type": "complex",
                "multiValued": True,
                "subAttributes": [{"name": "value"}, {"name": "type", "canonicalValues": ["work", "Work", ""]}],
            }
        ],
    }
).resource_types["User"]
"""Users with an attribute whose suggested types differ in nothing that counts."""

TEXTS = ["a", "A", "é", "work", "Work", "User", "", " ", " a", "a\n", "a b", "a\u200b", "x" * 1025, "True", "MQ=="]
REFERENCES = ["https://x.example/y", "https://x.example/a b", "../Users/1", "javascript:x", "urn:x:y"]
OTHERS = ["2026-01-01T00:00:00Z", None, True, False, 1, 1.5, [], {}, ["a"], {"value": "a"}]
SIMPLE = st.sampled_from([*TEXTS, *REFERENCES, *OTHERS])
RIGHT: dict[str, list[Any]] = {
    "boolean": [True, False],
    "integer": [0, 7],
    "reference": ["https://x.example/y", "/Users/1"],
}


def likely(attribute: Attribute) -> st.SearchStrategy[Any]:
    """Values of which most are right for the attribute, and some nearly."""
    if attribute.type != "complex":
        right = st.sampled_from([*attribute.canonical_values] or RIGHT.get(attribute.type, ["a", "A", "b", "ß", "c d"]))
        value = st.integers(0, 99).flatmap(lambda chance: right if chance else SIMPLE)
        return st.lists(value, max_size=2) if attribute.multi_valued else value
    parts = {part.name: likely(part) for part in attribute.sub_attributes.values() if part.kept}
    odd = {part.name: SIMPLE for part in attribute.sub_attributes.values() if not part.kept} | {"unknown": SIMPLE}
    usual = st.fixed_dictionaries({}, optional=parts)
    value = st.integers(0, 9).flatmap(
        lambda chance: usual if chance else st.fixed_dictionaries({}, optional=parts | odd)
    )
    return st.lists(value, min_size=1, max_size=3) | value if attribute.multi_valued else value


@st.composite
def read_values(draw: st.DrawFn) -> tuple[Attribute, Attribute, Any]:
    """A whole resource or extension as an attribute, one of its parts, and a value for that."""
    roots = [root_attribute(each) for each in (USERS, GROUPS, TWINS)]
    holder = draw(st.sampled_from([*roots, *(part for root in roots for part in extensions(root))]))
    part = draw(st.sampled_from(list(holder.sub_attributes.values())))
    return holder, part, draw(likely(part))


def extensions(root: Attribute) -> list[Attribute]:
    return [part for name, part in root.sub_attributes.items() if name.startswith("urn:")]


@pytest.mark.parametrize("profile", [LENIENT, STRICT], ids=["lenient", "strict"])
@pytest.mark.parametrize("patching", [False, True], ids=["reading", "patching"])
@given(chosen=read_values())
@settings(max_examples=250)
def test_what_passes_at_a_glance_is_what_the_reader_keeps_unchanged(
    profile: frozenset[str], patching: bool, chosen: tuple[Attribute, Attribute, Any]
) -> None:
    holder, part, value = chosen
    test = settled_parts(holder).get(part.name)
    if test is None or not test(value):
        return
    dialect = Dialect(profile)
    carefully = without_a_glance(ObjectReader(dialect, patching=patching).read)
    assert exactly(carefully(part, value)) == exactly(value)
    assert part.kept
    assert not dialect.fired


def without_a_glance(read: Callable[[Attribute, Any], Any]) -> Callable[[Attribute, Any], Any]:
    def carefully(attribute: Attribute, value: Any) -> Any:
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr(objects, "settled_parts", lambda _attribute: {})
            patched.setattr(objects, "settled", lambda _attribute: None)
            return read(attribute, value)

    return carefully


def exactly(value: Any) -> str:
    """The value with its types: 1 is not true."""
    return repr(value)


def test_all_of_an_ordinary_user_passes_but_what_only_the_server_assigns() -> None:
    tests = settled_parts(root_attribute(USERS))
    assert [name for name, value in BODY.items() if name not in tests or not tests[name](value)] == ["schemas"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("emails", [{"value": "a@x"}, {"value": "A@x"}]),
        ("emails", [{"value": "a@x", "primary": True}, {"value": "b@x", "primary": True}]),
        ("emails", [{"type": "work", "primary": True}]),
        ("emails", [{"value": "a@x", "type": "Work"}]),
        ("name", {"givenname": "Ada"}),
        ("password", "secret"),
        ("groups", [{"value": "g1"}]),
        (ENTERPRISE_USER, {"manager": {"value": "u2", "displayName": "Boss"}}),
        (LAB, {"badge": ""}),
    ],
)
def test_what_the_reader_would_change_or_refuse_does_not_pass(name: str, value: Any) -> None:
    test = settled_parts(root_attribute(USERS)).get(name)
    assert test is None or not test(value)


def test_suggested_types_that_differ_in_case_only_make_no_two_values() -> None:
    test = settled_parts(root_attribute(TWINS))[TWIN_TYPES]
    assert not test({"things": [{"value": "x", "type": "work"}, {"value": "x", "type": "Work"}]})
    assert test({"things": [{"value": "x", "type": "work"}, {"value": "y", "type": "Work"}]})
