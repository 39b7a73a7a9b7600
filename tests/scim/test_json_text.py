"""JSON that could be read in two ways is not read at all."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.scim.errors import InvalidSyntax
from gangway.scim.json_text import parse_json


@pytest.mark.parametrize(
    ("text", "detail"),
    [
        ("", "line 1, column 1"),
        ('{"a":1', "line 1, column 7"),
        ('{\n "a" 1}', "line 2, column 6"),
        ('{"a":1,"a":2}', "names a member of one object twice"),
        ('[{"active":true,"Active":false}]', "names a member of one object twice"),
        ("NaN", "NaN and Infinity"),
        ("[-Infinity]", "NaN and Infinity"),
        ("1e999", "out of range"),
        ("9" * 41, "more than 40 characters"),
        ("0." + "1" * 40, "more than 40 characters"),
        ("[" * 33 + "]" * 33, "32 levels"),
        ('{"a":' * 33 + "1" + "}" * 33, "32 levels"),
        ("[" * 100_000, "32 levels"),
        ('"\\ud83c"', "half of a surrogate pair"),
        ('{"\\udfb5":1}', "half of a surrogate pair"),
        ('"\ud83c"', "half of a surrogate pair"),
        (b"\xc3\x28", "byte 1 is not"),
        ("{" + ",".join(f'"{n}":1' for n in range(1001)) + "}", "1000 members"),
        ("\x00", "line 1, column 1"),
    ],
)
def test_what_has_no_single_meaning_is_refused(text: str | bytes, detail: str) -> None:
    with pytest.raises(InvalidSyntax, match=detail):
        parse_json(text)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"\xef\xbb\xbf{}", {}),
        ("\ufeff[1]", [1]),
        ('"\\ud83c\\udfb5"', "🎵"),
        ("[" * 32 + "]" * 32, json.loads("[" * 32 + "]" * 32)),
        ("1.0", 1.0),
        ("9" * 40, int("9" * 40)),
        ('{"__proto__":{"a":1}}', {"__proto__": {"a": 1}}),
    ],
)
def test_everything_else_is_read_as_it_stands(text: str | bytes, value: Any) -> None:
    assert parse_json(text) == value


def test_a_caller_may_bound_the_number_of_values() -> None:
    assert parse_json('[1,"a",{}]', max_values=4) == [1, "a", {}]
    with pytest.raises(InvalidSyntax, match="more than 3 values"):
        parse_json('[1,"a",{}]', max_values=3)


def test_a_caller_may_allow_less_depth() -> None:
    with pytest.raises(InvalidSyntax, match="1 levels"):
        parse_json("[[]]", max_depth=1)


NAMES = st.text(st.characters(codec="utf-8"), max_size=5).filter(lambda name: name.lower() == name)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**20), 10**20)
    | st.floats(allow_nan=False, allow_infinity=False)
    | NAMES,
    lambda children: st.lists(children, max_size=4) | st.dictionaries(NAMES, children, max_size=4),
    max_leaves=20,
)


@given(VALUES)
def test_reading_is_the_inverse_of_writing(value: Any) -> None:
    assert parse_json(json.dumps(value)) == value
    assert parse_json(json.dumps(value, ensure_ascii=False).encode()) == value


@given(st.binary() | st.text())
def test_any_bytes_are_read_or_refused(text: bytes | str) -> None:
    with contextlib.suppress(InvalidSyntax):
        parse_json(text)
