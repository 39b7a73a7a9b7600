"""One comparison for locks, lookups and filters: `canonical_key`."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gangway.scim.compare import canonical_key, instant, invisible
from tests.scim.examples import LAB, USERS, bound

USER_NAME = USERS.attributes["username"]
TITLE = USERS.attributes["title"]
EXTERNAL_ID = USERS.attributes["externalid"]


@pytest.mark.parametrize(
    "alike",
    [
        ("bjensen", "BJensen"),
        ("björk", "bjo\u0308rk", "BJÖRK"),
        ("ada", "ａｄａ", "ＡＤＡ"),
        ("ガ", "ｶﾞ"),
        ("σίσυφος", "ΣΊΣΥΦΟΣ"),
    ],
)
def test_look_alikes_of_a_user_name_are_one_name(alike: tuple[str, ...]) -> None:
    assert len({canonical_key(USER_NAME, name) for name in alike}) == 1


@pytest.mark.parametrize("names", [("ada", "аda"), ("bjensen", "bjensen "), ("a", "ä")])
def test_different_user_names_stay_different(names: tuple[str, str]) -> None:
    assert canonical_key(USER_NAME, names[0]) != canonical_key(USER_NAME, names[1])


def test_width_matters_only_where_names_must_be_unique() -> None:
    assert canonical_key(TITLE, "ａ") != canonical_key(TITLE, "a")
    assert canonical_key(TITLE, "Ä") == canonical_key(TITLE, "a\u0308")


def test_case_matters_where_the_schema_says_so() -> None:
    assert canonical_key(EXTERNAL_ID, "Ab") != canonical_key(EXTERNAL_ID, "ab")


@given(st.text())
def test_a_key_is_its_own_key(text: str) -> None:
    key = canonical_key(USER_NAME, text)
    assert canonical_key(USER_NAME, key) == key


@given(st.text(max_size=5), st.text(max_size=5))
def test_filters_and_locks_agree_on_which_names_are_one(one: str, other: str) -> None:
    literal = "".join(rf"\u{unit:04x}" for unit in _utf16(other))
    matches = bound(f'userName eq "{literal}"').matches({"userName": one})
    assert matches is (canonical_key(USER_NAME, one) == canonical_key(USER_NAME, other))


def _utf16(text: str) -> list[int]:
    data = text.encode("utf-16-be")
    return [int.from_bytes(data[index : index + 2]) for index in range(0, len(data), 2)]


@pytest.mark.parametrize(
    "name", ["a\u200bb", "a\u200db", "\u202egro", "a\u00adb", " ada", "ada ", "a\tb", "a\u00a0b", "\ufeffa", "a\u2028b"]
)
def test_characters_that_do_not_show_are_noticed(name: str) -> None:
    assert invisible(name)


@pytest.mark.parametrize("name", ["ada", "ada lovelace", "Seán O'Malley", "björk 🎵", "山田"])
def test_ordinary_names_have_none(name: str) -> None:
    assert not invisible(name)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("2024-05-13T04:42:34Z", "2024-05-13T06:42:34+02:00"),
        ("2024-05-13T04:42:34Z", "2024-05-13T04:42:34.000Z"),
        ("2024-05-13T04:42:34", "2024-05-13T04:42:34Z"),
    ],
)
def test_one_moment_can_be_written_in_several_ways(one: str, other: str) -> None:
    assert instant(one) == instant(other)


@pytest.mark.parametrize(
    "text", ["2024-05-13", "yesterday", "", "2024-13-01T00:00:00Z", "2024-05-13T25:00:00Z", "20240513T044234Z", LAB]
)
def test_what_names_no_moment_is_no_date_time(text: str) -> None:
    assert instant(text) is None
