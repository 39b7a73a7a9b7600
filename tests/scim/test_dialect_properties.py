"""Every dialect rule, on extension schemas that nobody has seen: rules speak of what a schema says, not of names."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.scim.dialect import LENIENT, RULES, STRICT, Dialect
from gangway.scim.errors import ScimError
from gangway.scim.resource import prepare
from gangway.scim.schema import USER, ResourceType
from tests.scim.examples import bound, operation, patch, registry_with

URN = "urn:example:params:scim:schemas:extension:random:2.0:User"


@dataclass(frozen=True, slots=True)
class Random:
    """A random extension, with the names of attributes that have the properties rules ask for."""

    users: ResourceType
    text: str
    flag: str
    link: str
    thing: str
    part: str
    fixed: str
    many: str
    texts: str

    def user(self, **attributes: Any) -> dict[str, Any]:
        """The body of a user with attributes of the extension; the keyword says which, by its property."""
        content = {getattr(self, name): value for name, value in attributes.items()}
        return {"schemas": [USER, URN], "userName": "bjensen", URN: content}

    def posted(self, body: dict[str, Any], dialect: Dialect) -> Any:
        """What is kept of the extension after a POST."""
        return prepare(body, self.users, dialect).get(URN)

    def patched(self, before: dict[str, Any], given: dict[str, Any], dialect: Dialect) -> Any:
        """What is kept of the extension after a PATCH."""
        document = prepare(before, self.users, Dialect(STRICT))
        return patch(document, given, dialect=dialect, resource_type=self.users).document.get(URN)

    def found(self, text: str, body: dict[str, Any], dialect: Dialect) -> bool:
        """Whether a filter finds the user."""
        return bound(text, dialect, self.users).matches(prepare(body, self.users, Dialect(STRICT)))


NAMES = st.lists(
    st.from_regex(r"[a-z][A-Za-z0-9_-]{1,8}", fullmatch=True).filter(
        lambda name: name.lower() not in ("value", "type")
    ),
    min_size=12,
    max_size=12,
    unique_by=str.lower,
)


@st.composite
def random_extensions(draw: st.DrawFn) -> Random:
    """An extension with one attribute of each property, and others; which is what, only the schema tells."""
    text, flag, link, thing, part, fixed, many, texts, *others = draw(NAMES)
    case_exact = st.booleans()

    def attribute(name: str, kind: str = "string", **more: Any) -> dict[str, Any]:
        exact = {} if kind == "complex" else {"caseExact": draw(case_exact)}
        return {"name": name, "type": kind, "description": name} | exact | more

    value, label = attribute("value"), attribute("type")
    attributes = [
        attribute(text),
        attribute(flag, "boolean"),
        attribute(link, "reference", referenceTypes=["external"]),
        attribute(thing, "complex", subAttributes=[value, attribute(part), attribute(fixed, mutability="readOnly")]),
        attribute(many, "complex", multiValued=True, subAttributes=[value, label, attribute(part)]),
        attribute(texts, multiValued=True),
        *(attribute(name, draw(st.sampled_from(["integer", "dateTime", "decimal", "boolean"]))) for name in others),
    ]
    document = {"id": URN, "name": "Random", "attributes": draw(st.permutations(attributes))}
    users = registry_with(document).resource_types["User"]
    return Random(users, text, flag, link, thing, part, fixed, many, texts)


Use = Callable[[Random, Dialect], Any]
Expected = Callable[[Random], Any]


def created_through_a_value_path(random: Random, op: str, dialect: Dialect, before: tuple[Any, ...] = ()) -> Any:
    path = f'{URN}:{random.many}[type eq "work"].{random.part}'
    return random.patched(random.user(many=list(before)), operation(op, path, value="x"), dialect)


USES: dict[str, list[tuple[Use, Expected]]] = {
    "operation-case": [
        (
            lambda r, d: r.patched(r.user(), operation("RePlace", f"{URN}:{r.text}", value="x"), d),
            lambda r: {r.text: "x"},
        ),
    ],
    "text-booleans": [
        (lambda r, d: r.posted(r.user(flag="fALSE"), d), lambda r: {r.flag: False}),
        (lambda r, d: r.found(f'{URN}:{r.flag} eq "True"', r.user(flag=True), d), lambda _: True),
        (lambda r, d: r.found(f"{URN}:{r.flag} eq True", r.user(flag=True), d), lambda _: True),
    ],
    "empty-text": [
        (lambda r, d: r.posted(r.user(text="", flag=True), d), lambda r: {r.flag: True}),
        (
            lambda r, d: r.patched(r.user(text="x", flag=True), operation("replace", f"{URN}:{r.text}", value=""), d),
            lambda r: {r.flag: True},
        ),
        (
            lambda r, d: r.patched(
                r.user(thing={"value": "x"}, flag=True), operation("replace", f"{URN}:{r.thing}", value=""), d
            ),
            lambda r: {r.flag: True},
        ),
    ],
    "value-for-complex": [(lambda r, d: r.posted(r.user(thing="x"), d), lambda r: {r.thing: {"value": "x"}})],
    "wrapped-value": [
        (lambda r, d: r.posted(r.user(text=[{"value": "x"}]), d), lambda r: {r.text: "x"}),
        (lambda r, d: r.posted(r.user(thing=[{"value": "x"}]), d), lambda r: {r.thing: {"value": "x"}}),
    ],
    "unwrapped-list": [
        (lambda r, d: r.posted(r.user(many={"value": "x"}), d), lambda r: {r.many: [{"value": "x"}]}),
        (lambda r, d: r.posted(r.user(texts="x"), d), lambda r: {r.texts: ["x"]}),
    ],
    "relative-references": [(lambda r, d: r.posted(r.user(link="by the door"), d), lambda r: {r.link: "by the door"})],
    "unknown-attributes": [
        (
            lambda r, d: r.posted({**r.user(), URN: {r.text: "x", "nobody-knows-this": 1}}, d),
            lambda r: {r.text: "x"},
        ),
        (lambda r, d: r.posted(r.user(text="x") | {"nobody-knows-this": 1}, d), lambda r: {r.text: "x"}),
    ],
    "unknown-schemas": [
        (lambda r, d: r.posted(r.user(text="x") | {"schemas": [USER, "urn:x:y"]}, d), lambda r: {r.text: "x"}),
    ],
    "missing-schemas": [
        (lambda r, d: r.posted(r.user(text="x") | {"schemas": None}, d), lambda r: {r.text: "x"}),
    ],
    "read-only-in-patch": [
        (
            lambda r, d: r.patched(
                r.user(text="x"), operation("replace", f"{URN}:{r.thing}.{r.fixed}", value="mine"), d
            ),
            lambda r: {r.text: "x"},
        ),
        (
            lambda r, d: r.patched(
                r.user(), operation("add", f"{URN}:{r.thing}", value={"value": "x", r.fixed: "mine"}), d
            ),
            lambda r: {r.thing: {"value": "x"}},
        ),
    ],
    "path-keys": [
        (
            lambda r, d: r.patched(r.user(), operation("add", value={f"{URN}:{r.thing}.{r.part}": "x"}), d),
            lambda r: {r.thing: {r.part: "x"}},
        ),
        (
            lambda r, d: r.patched(r.user(), operation("add", value={URN: {f"{r.thing}.{r.part}": "x"}}), d),
            lambda r: {r.thing: {r.part: "x"}},
        ),
    ],
    "create-through-value-path": [
        (lambda r, d: created_through_a_value_path(r, "add", d), lambda r: {r.many: [{"type": "work", r.part: "x"}]}),
        (
            lambda r, d: created_through_a_value_path(r, "replace", d),
            lambda r: {r.many: [{"type": "work", r.part: "x"}]},
        ),
    ],
    "create-by-replace": [
        (
            lambda r, d: created_through_a_value_path(r, "replace", d, ({"type": "home", "value": "y"},)),
            lambda r: {r.many: [{"type": "home", "value": "y"}, {"type": "work", r.part: "x"}]},
        ),
    ],
    "remove-with-value": [
        (
            lambda r, d: r.patched(
                r.user(many=[{"value": "x"}, {"value": "y"}]),
                operation("remove", f"{URN}:{r.many}", value=[{"value": "x"}]),
                d,
            ),
            lambda r: {r.many: [{"value": "y"}]},
        ),
        (
            lambda r, d: r.patched(r.user(texts=["x", "y"]), operation("remove", f"{URN}:{r.texts}", value="x"), d),
            lambda r: {r.texts: ["y"]},
        ),
    ],
    "loose-blanks": [
        (lambda r, d: r.found(f'{URN}:{r.text}  eq\t"x"', r.user(text="x"), d), lambda _: True),
        (lambda r, d: r.found(f'{URN}:{r.text} eq"x"', r.user(text="x"), d), lambda _: True),
    ],
    "value-path-comparison": [
        (
            lambda r, d: r.found(
                f'{URN}:{r.many}[type eq "a"].value eq "x"', r.user(many=[{"value": "x", "type": "a"}]), d
            ),
            lambda _: True,
        ),
    ],
}


def test_every_rule_is_tried() -> None:
    assert USES.keys() == RULES.keys()


@pytest.mark.parametrize("rule", USES)
@given(random=random_extensions())
@settings(max_examples=15)
def test_a_rule_does_what_it_says_for_any_schema_and_only_where_it_is_in_force(rule: str, random: Random) -> None:
    for use, expected in USES[rule]:
        dialect = Dialect(LENIENT | {rule})
        assert use(random, dialect) == expected(random)
        assert dialect.fired[rule]
        for without in (STRICT, LENIENT - {rule}):
            dialect = Dialect(without)
            assert outcome(use, random, dialect) != expected(random)
            assert rule not in dialect.fired


def outcome(use: Use, random: Random, dialect: Dialect) -> Any:
    try:
        return use(random, dialect)
    except ScimError as refusal:
        return refusal.status
