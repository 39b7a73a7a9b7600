"""Lists and filters (RFC 7644 sections 3.4.2 and 3.4.2.2)."""

from __future__ import annotations

from typing import Any

import pytest

from gangway.directory import evaluation
from tests.standards.scene import ENTERPRISE, LAB, LIST, SEARCH, USER, Client, scim_type

row = pytest.mark.row

PEOPLE: dict[str, dict[str, Any]] = {
    "ada": {
        "externalId": "Ab",
        "displayName": "Lee, Ann (Ops) [EU] and more",
        "name": {"familyName": "Lovelace"},
        "active": False,
        "emails": [{"value": "ada@example.com", "type": "work"}, {"value": "ada@home.org", "type": "home"}],
        ENTERPRISE: {"employeeNumber": "30", "department": "Engines"},
        LAB: {"loginCount": 0, "lastLogin": "2026-05-13T10:00:00+02:00"},
    },
    "bob": {
        "title": 'a "quoted" title',
        "displayName": "100% K\u00f6ln *_.",
        "emails": [{"value": "bob@example.com", "type": "home"}],
        ENTERPRISE: {"employeeNumber": "9"},
        LAB: {"loginCount": 30, "lastLogin": "2026-05-13T08:00:00.500Z"},
    },
    "cyd": {"title": "Guide", "active": True, LAB: {"loginCount": 9, "plain": "it's a+b"}},
}


@pytest.fixture
def people(acme: Client) -> Client:
    for name, attributes in PEOPLE.items():
        acme.user(name, **attributes)
    return acme


@row("FIL-01", "PAG-11", "PAG-06", "PAG-10")
def test_given_a_list_then_it_is_a_list_response_with_numbers(people: Client) -> None:
    answer = people.get("/Users", count=2).json()
    assert answer.keys() == {"schemas", "totalResults", "startIndex", "itemsPerPage", "Resources"}
    assert answer["schemas"] == [LIST]
    assert (answer["totalResults"], answer["startIndex"], answer["itemsPerPage"]) == (3, 1, 2)
    assert [each["userName"] for each in answer["Resources"]] == ["ada", "bob"]


@row("FIL-02")
def test_given_no_match_then_200_and_an_empty_list(people: Client) -> None:
    answer = people.get("/Users", filter='userName eq "nobody"')
    assert (answer.status, answer.json()["totalResults"], answer.json()["Resources"]) == (200, 0, [])


# By item: filters, and whom of the people each finds.
FOUND: dict[str, list[tuple[str, str]]] = {
    "FIL-03": [('userName eq "cyd"', "cyd"), ('id eq "nobody"', "")],
    "FIL-04": [('USERNAME EQ "bob" OR NOT (TITLE PR)', "ada bob")],
    "FIL-06": [('userName eq "ada"', "ada"), ('title eq "gui"', "")],
    "FIL-07": [('title ne "Guide"', "ada bob"), ('emails.type ne "home"', "ada cyd")],
    "FIL-08": [('displayName co "%"', "bob"), ('displayName ew "*_."', "bob"), ('title sw "guide"', "cyd")],
    "FIL-09": [("active pr", "ada cyd"), (f"{LAB}:loginCount pr", "ada bob cyd"), ("name pr", "ada")],
    "FIL-10": [
        (f'{ENTERPRISE}:employeeNumber gt "3"', "ada bob"),
        (f"{LAB}:loginCount gt 3", "bob cyd"),
        (f"{LAB}:loginCount le 9.0", "ada cyd"),
    ],
    "FIL-12": [
        (f'{LAB}:lastLogin gt "2026-05-13T08:00:00Z"', "bob"),
        (f'{LAB}:lastLogin eq "2026-05-13T09:00:00+01:00"', "ada"),
    ],
    "FIL-13": [
        ('userName eq "ada" or userName eq "bob" and title eq "no"', "ada"),
        ('(userName eq "ada" or userName eq "bob") and title pr', "bob"),
        ('not (userName eq "ada") and title pr or userName eq "ada"', "ada bob cyd"),
    ],
    "FIL-14": [(f"{'(' * 40}title pr{')' * 40}", "bob cyd"), (f"{'not (' * 30}title pr{')' * 30}", "bob cyd")],
    "FIL-15": [('not (userName eq "ada") and not(userName eq "bob")', "cyd")],
    "FIL-16": [('emails[type eq "home" and value co "example.com"]', "bob")],
    "FIL-17": [('emails[type eq "home" and (value co "org" or not (value sw "bob"))]', "ada")],
    "FIL-19": [('emails.type eq "home" and emails.value co "example.com"', "ada bob")],
    "FIL-20": [('emails co "example.com"', "ada bob"), ('emails eq "ada@home.org"', "ada")],
    "FIL-21": [
        (f'{USER}:name.familyName eq "lovelace"', "ada"),
        (f'{ENTERPRISE.upper()}:DEPARTMENT eq "engines"', "ada"),
        (f'{USER}:externalId eq "Ab"', "ada"),
    ],
    "FIL-22": [(f'schemas eq "{ENTERPRISE}"', "ada bob")],
    "FIL-23": [
        ('meta.resourceType eq "User" and meta.lastModified gt "2026-01-01T00:00:00Z"', "ada bob cyd"),
        ('meta.created lt "2026-01-01T00:00:00Z"', ""),
    ],
    "FIL-24": [(r'displayName co "\u00f6"', "bob"), (r'title co "\""', "bob"), (r'title eq "\ud83d\ude00"', "")],
    "FIL-25": [
        ('displayName eq "lee, ann (ops) [eu] and more"', "ada"),
        (f'{LAB}:plain eq "it\'s a+b"', "cyd"),
    ],
    "FIL-28": [("title eq null", "ada"), ("title ne null", "bob cyd")],
    "FIL-29": [('active eq "False"', "ada"), ('active eq "true"', "cyd")],
    "FIL-30": [('emails[type eq "work"].value eq "ada@example.com"', "ada")],
    "FIL-35": [("active eq true", "cyd"), ("active eq false", "ada")],
    "FIL-38": [(f'{LAB}:plain ew "a+b"', "cyd"), ('displayName co "100% K\u00f6"', "bob")],
    "FIL-39": [("userName eq \"x' OR '1'='1\"", ""), ('title eq "*" or userName eq "%"', "")],
}


@row("FIL-03", "FIL-04", "FIL-06", "FIL-07", "FIL-08", "FIL-09", "FIL-10", "FIL-12", "FIL-13", "FIL-14", "FIL-15")
@row("FIL-16", "FIL-17", "FIL-19", "FIL-20", "FIL-21", "FIL-22", "FIL-23", "FIL-24", "FIL-25", "FIL-28", "FIL-29")
@row("FIL-30", "FIL-35", "FIL-38", "FIL-39", "SEA-03", "SEC-04")
@pytest.mark.parametrize("item", FOUND)
def test_given_a_filter_then_get_and_post_find_what_the_rfc_says(people: Client, item: str) -> None:
    for text, names in FOUND[item]:
        assert people.found(text) == names.split(), text
        searched = people.send("POST", "/Users/.search", {"schemas": [SEARCH], "filter": text}).json()
        assert searched == people.get("/Users", filter=text).json()


# By item: filters that make no sense.
REFUSED: dict[str, list[str]] = {
    "FIL-11": ["active gt true", 'x509Certificates.value lt "YQ"'],
    "FIL-14": [f"{'(' * 70}title pr{')' * 70}", f"{'not (' * 40}title pr{')' * 40}"],
    "FIL-17": ['emails[userName eq "x"]', 'emails[name.givenName eq "x"]'],
    "FIL-18": ['emails[type eq "a" and value[type pr]]', 'name.givenName[value eq "x"]'],
    "FIL-26": [
        'userName regex "x"',
        "userName eq",
        "(title pr",
        "title pr)",
        "title",
        "and title pr",
        'title eq "x" x',
        "",
    ],
    "FIL-27": ['foo eq "x"', "foo pr", 'not (foo eq "x")', 'name.foo ne "x"'],
    "FIL-29": ["title eq 5", "active eq 1", f'{LAB}:loginCount eq "5"', f'{LAB}:lastLogin gt "soon"'],
    "FIL-31": ["userName eq ada", "userName eq 'ada'"],
    "FIL-37": ['password sw "a"', 'password co "a"', 'password gt "a"', f'{LAB}:secret ew "a"'],
    "FIL-39": [f'userName eq "{"x" * 10_000}"', " or ".join(["title pr"] * 200)],
}


@row(
    "FIL-11",
    "FIL-14",
    "FIL-17",
    "FIL-18",
    "FIL-26",
    "FIL-27",
    "FIL-29",
    "FIL-31",
    "FIL-37",
    "FIL-39",
    "SEA-05",
    "SEC-09",
)
@pytest.mark.parametrize("item", REFUSED)
def test_given_a_filter_without_sense_then_invalid_filter_by_get_and_post(people: Client, item: str) -> None:
    for text in REFUSED[item]:
        assert people.refused(text) == "invalidFilter", text
        searched = people.send("POST", "/Users/.search", {"schemas": [SEARCH], "filter": text})
        assert scim_type(searched) == "invalidFilter"


@row("FIL-26")
def test_given_a_syntax_error_then_the_detail_says_where(people: Client) -> None:
    detail = people.get("/Users", filter='userName eq "x" nad title pr').json()["detail"]
    assert "position 17" in detail


@row("FIL-29")
def test_given_a_text_for_a_boolean_then_the_letter_refuses_it(strict: Client) -> None:
    assert strict.refused('active eq "true"') == "invalidFilter"


@row("FIL-37")
def test_given_equality_with_a_secret_then_it_tells_nothing(acme: Client) -> None:
    acme.user("ada", password="t0p s3cret")
    answers = [acme.get("/Users", filter=f'password eq "{guess}"') for guess in ("t0p s3cret", "another")]
    assert answers[0].anonymous() == answers[1].anonymous()


@row("FIL-27", "FIL-32", "SEA-04")
def test_given_a_search_at_the_root_then_it_covers_all_types_and_foreign_attributes_have_no_value(
    people: Client,
) -> None:
    people.group("lee's crew")
    everything = people.get("/").json()
    assert [each["meta"]["resourceType"] for each in everything["Resources"]] == ["User", "User", "User", "Group"]
    assert people.found('displayName sw "lee"', "/") == ["ada", "lee's crew"]
    assert people.found('userName eq "ada" or members pr', "/") == ["ada"]
    assert people.found('meta.resourceType eq "Group"', "/") == ["lee's crew"]


@row("FIL-33")
def test_given_more_than_a_search_may_look_at_then_too_many(people: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(evaluation, "MAX_EVALUATED", 2)
    assert people.refused("title pr") == "tooMany"
    assert people.found('userName eq "ada"') == ["ada"]


@row("FIL-34")
def test_given_unknown_or_empty_parameters_then_they_are_ignored(people: Client) -> None:
    for query in ("?foo=1", "?", "?aadOptscim062020", "?foo=1&foo=2&"):
        assert people.send("GET", f"/Users{query}").json()["totalResults"] == 3


@row("FIL-38")
def test_given_a_plus_sign_in_a_url_then_it_is_a_blank_and_its_code_is_a_plus(acme: Client) -> None:
    acme.user("a+b@example.com", title="two words")
    for text, total in (("userName+eq+%22a%2Bb@example.com%22", 1), ("userName+eq+%22a+b@example.com%22", 0)):
        assert acme.send("GET", f"/Users?filter={text}").json()["totalResults"] == total
    assert acme.send("GET", "/Users?filter=title+eq+%22two%20words%22").json()["totalResults"] == 1


@row("CRE-15", "GRP-10")
def test_given_what_clients_match_by_then_it_is_found_right_after_it_was_written(acme: Client) -> None:
    ada = acme.user("ada", externalId="1001")
    crew = acme.group("crew", [ada["id"]], externalId="g1")
    for text in (f'members.value eq "{ada["id"]}"', f'members[value eq "{ada["id"]}"]', 'displayName eq "CREW"'):
        assert acme.found(text, "/Groups") == ["crew"]
    assert acme.found('externalId eq "g1"', "/Groups") == ["crew"]
    assert acme.found(f'groups.value eq "{crew["id"]}"') == acme.found('externalId eq "1001"') == ["ada"]
