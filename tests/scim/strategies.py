"""Random users, filters and extension schemas, small enough that they meet each other."""

from typing import Any

from hypothesis import strategies as st

from gangway.scim.filter.syntax import Comparison, Expression, Not, Present, ValuePath, all_of, any_of
from gangway.scim.schema import ENTERPRISE_USER, USER
from tests.scim.examples import LAB

WORDS = st.sampled_from(
    ["a", "A", "b", "ab", "Ab", "ba", "é", "É", "e\u0301", "x y", '"', "\\", "(", "]", "and", "1", "10"]
)
MOMENTS = st.sampled_from(
    ["2024-01-01T00:00:00Z", "2024-01-01T01:00:00+01:00", "2024-01-01T00:00:00.500Z", "2023-12-31T23:59:59Z"]
)
NUMBERS = st.sampled_from([-1, 0, 1, 2, 1.5, 10])
TYPES = st.sampled_from(["work", "home", "Work"])


def some(**parts: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Objects with any of the parts."""
    return st.fixed_dictionaries({}, optional=parts)


EMAILS = st.lists(some(value=WORDS, type=TYPES, display=WORDS, primary=st.booleans()), max_size=3)
USERS = st.fixed_dictionaries(
    {"userName": WORDS, "schemas": st.just([USER])},
    optional={
        "externalId": WORDS,
        "title": WORDS,
        "active": st.booleans(),
        "name": some(givenName=WORDS, familyName=WORDS),
        "emails": EMAILS,
        "roles": st.lists(some(value=WORDS), max_size=2),
        ENTERPRISE_USER: some(department=WORDS, manager=some(value=WORDS)),
        LAB: some(
            loginCount=st.integers(-2, 2),
            badge=WORDS,
            lastLogin=MOMENTS,
            tags=st.lists(WORDS, max_size=3),
            score=NUMBERS,
        ),
        "meta": some(lastModified=MOMENTS),
    },
)
"""Full resources, as a filter sees them; also with empty objects and values without anything in them."""

ANY = ("eq", "ne", "co", "sw", "ew", "gt", "ge", "lt", "le")
ORDER = ("eq", "ne", "gt", "ge", "lt", "le")
EQUAL = ("eq", "ne")
PATHS: dict[str, tuple[tuple[str, ...], st.SearchStrategy[Any]]] = {
    "userName": (ANY, WORDS),
    "EXTERNALID": (ANY, WORDS),
    "title": (ANY, WORDS),
    "active": (EQUAL, st.booleans()),
    "name.givenName": (ANY, WORDS),
    "emails": (ANY, WORDS),
    "emails.value": (ANY, WORDS),
    "emails.type": (ANY, TYPES),
    "emails.primary": (EQUAL, st.booleans()),
    "roles": (ANY, WORDS),
    f"{USER}:title": (ANY, WORDS),
    f"{ENTERPRISE_USER}:department": (ANY, WORDS),
    f"{ENTERPRISE_USER}:manager.value": (ANY, WORDS),
    f"{LAB}:loginCount": (ORDER, NUMBERS),
    f"{LAB}:badge": (ANY, WORDS),
    f"{LAB}:lastLogin": (ORDER, MOMENTS),
    f"{LAB}:tags": (ANY, WORDS),
    "meta.lastModified": (ORDER, MOMENTS),
}
PARTS: dict[str, tuple[tuple[str, ...], st.SearchStrategy[Any]]] = {
    "value": (ANY, WORDS),
    "type": (ANY, TYPES),
    "primary": (EQUAL, st.booleans()),
}


def comparisons(
    paths: dict[str, tuple[tuple[str, ...], st.SearchStrategy[Any]]], *, with_null: bool = True
) -> st.SearchStrategy[Expression]:
    """Terms that fit the types of the attributes."""
    typed = [
        st.builds(Comparison, st.just(path), st.sampled_from(operators), literals)
        for path, (operators, literals) in paths.items()
    ]
    present = st.builds(Present, st.sampled_from(list(paths)))
    null = st.builds(Comparison, st.sampled_from(list(paths)), st.sampled_from(EQUAL), st.none())
    return st.one_of(*typed, present, null) if with_null else st.one_of(*typed, present)


def trees(terms: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
    """Terms joined by and, or and not."""

    def joined(children: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(children, min_size=2, max_size=3)
        return st.one_of(
            several.map(lambda inner: all_of(*inner)), several.map(lambda inner: any_of(*inner)), children.map(Not)
        )

    return st.recursive(terms, joined, max_leaves=6)


VALUE_PATHS = st.builds(ValuePath, st.sampled_from(["emails", "Emails", f"{USER}:emails"]), trees(comparisons(PARTS)))
EXPRESSIONS = trees(comparisons(PATHS) | VALUE_PATHS)
