"""Types of attributes and their values (RFC 7643 sections 2.2, 2.3 and 4)."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from tests.standards.scene import LAB, Client, scim_type, user_body

row = pytest.mark.row


# Attribute of the extension, what is accepted for it, what is not.
KINDS: dict[str, tuple[list[Any], list[Any]]] = {
    "loginCount": ([0, -3, 2**53 + 1], [1.5, 1e3, "1", True, {}]),
    "score": ([1, 1.5, -0.25], ["1", False, []]),
    "certified": ([True, False], ["yes", 1, 0, "wahr"]),
    "lastLogin": (["2026-05-13T08:00:00Z", "2026-05-13T08:00:00.5+02:00"], ["2026-05-13", "08:00", "soon", 1]),
    "blob": (["YQ==", "YQ", "+/8="], ["***", "Y", "YQ=", 1]),
    "home": (["https://example.com/x", "urn:x:y"], ["javascript:alert(1)", 7, {}]),
    "badge": (["B", " b "], [1, True, {}, []]),
    "tags": ([["a"], ["a", "b"]], [[1], [{}], "x"]),
}


@row("REP-16", "REP-17", "REP-12", "REP-18")
@pytest.mark.parametrize("name", KINDS)
def test_given_each_type_then_its_json_kind_is_kept_and_any_other_refused_by_name(strict: Client, name: str) -> None:
    good, bad = KINDS[name]
    for number, value in enumerate(good):
        kept = strict.user(f"u{number}", **{LAB: {name: value}})[LAB]
        assert kept == {name: value}
        assert type(kept[name]) is type(value)
    for value in bad:
        if value == []:
            continue
        answer = strict.send("POST", "/Users", user_body("bad", **{LAB: {name: value}}))
        assert scim_type(answer) == "invalidValue", value
        assert name in answer.json()["detail"]


@row("REP-17", "FIL-11")
@pytest.mark.parametrize("text", [f'{LAB}:blob gt "YQ"', 'x509Certificates.value le "YQ"', f"{LAB}:certified ge false"])
def test_given_binaries_and_booleans_then_they_have_no_order(acme: Client, text: str) -> None:
    assert acme.refused(text) == "invalidFilter"


@row("REP-15", "REP-37")
def test_given_an_attribute_with_only_a_name_then_it_has_the_defaults_of_the_rfc(acme: Client) -> None:
    schema = acme.get(f"/Schemas/{LAB}").json()
    plain = next(each for each in schema["attributes"] if each["name"] == "plain")
    assert {key: plain[key] for key in ("type", "required", "caseExact", "mutability", "returned", "uniqueness")} == {
        "type": "string",
        "required": False,
        "caseExact": False,
        "mutability": "readWrite",
        "returned": "default",
        "uniqueness": "none",
    }
    acme.user("ada", **{LAB: {"plain": "Some", "badge": "Some"}})
    assert acme.found(f'{LAB}:plain eq "sOME"') == ["ada"]
    assert acme.found(f'{LAB}:badge eq "sOME"') == []


@row("REP-18", "REP-44")
@pytest.mark.parametrize("url", ["javascript:alert(1)", " JavaScript:alert(1)", "vbscript:x", "java\nscript:alert(1)"])
def test_given_a_url_that_runs_a_script_then_it_is_refused(acme: Client, strict: Client, url: str) -> None:
    for client in (acme, strict):
        assert scim_type(client.send("POST", "/Users", user_body("ada", profileUrl=url))) == "invalidValue"
        assert scim_type(client.send("POST", "/Users", user_body("ada", photos=[{"value": url}]))) == "invalidValue"


@row("REP-44")
def test_given_a_relative_photo_then_only_a_lenient_organization_keeps_it(acme: Client, strict: Client) -> None:
    body = user_body("ada", photos=[{"value": "photo.jpg"}])
    assert acme.send("POST", "/Users", body).status == 201
    assert scim_type(strict.send("POST", "/Users", body)) == "invalidValue"


@row("REP-39")
@pytest.mark.parametrize(
    ("one", "other"),
    [("jos\u00e9", "jose\u0301"), ("ada", "\uff41\uff44\uff41"), ("STRASSE", "stra\u00dfe"), ("ada", "ADA")],
)
def test_given_names_that_prepare_to_the_same_then_they_are_one(acme: Client, one: str, other: str) -> None:
    acme.user(one)
    assert scim_type(acme.send("POST", "/Users", user_body(other)), 409) == "uniqueness"
    assert acme.found(f'userName eq "{other}"') == [one]


@row("SEC-11")
@pytest.mark.parametrize("name", ["ada\u200d", "a\u202eda", "ada\u00ad", "\u2066ada", " ada", "ada\u0000"])
def test_given_a_name_with_characters_that_do_not_show_then_it_is_refused(acme: Client, name: str) -> None:
    assert scim_type(acme.send("POST", "/Users", user_body(name))) == "invalidValue"


@row("REP-41", "PAT-34")
@pytest.mark.parametrize(("sent", "kept"), [("False", False), ("false", False), ("True", True), (False, False)])
def test_given_a_boolean_as_text_then_answers_have_a_boolean(acme: Client, sent: Any, kept: bool) -> None:
    ada = acme.user("ada", active=not kept)
    assert acme.patched(ada, {"op": "Replace", "path": "active", "value": sent})["active"] is kept
    assert acme.user("bob", active=sent)["active"] is kept


@row("REP-42", "REP-45")
def test_given_what_administrators_typed_then_it_is_kept_as_sent(acme: Client) -> None:
    typed = {"locale": "en_US", "timezone": "Mars/Olympus", "preferredLanguage": "de, en;q=0.5"}
    ada = acme.user("ada", **typed, addresses=[{"country": "USA", "type": "work"}])
    assert {name: ada[name] for name in typed} == typed
    assert ada["addresses"] == [{"country": "USA", "type": "work"}]


@row("REP-43")
def test_given_a_certificate_that_is_no_base64_then_it_is_refused(acme: Client) -> None:
    body = user_body("ada", x509Certificates=[{"value": "***"}])
    assert scim_type(acme.send("POST", "/Users", body)) == "invalidValue"
    der = base64.b64encode(b"\x30\x03\x02\x01\x05").decode()
    assert acme.user("ada", x509Certificates=[{"value": der}])["x509Certificates"] == [{"value": der}]
