"""Media types, encoding and other matters of HTTP (RFC 7644 sections 3.7.4 and 3.8, RFC 9110)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.standards.scene import Client, Server, group_body, scim_type, user_body

row = pytest.mark.row


@row("HTP-01", "HTP-02", "HTP-04", "ERR-10")
@pytest.mark.parametrize(
    "accept",
    ["application/scim+json", "application/json", "*/*", "application/*", "application/problem+json", "text/html"],
)
def test_given_any_accept_then_the_answer_is_scim(acme: Client, accept: str) -> None:
    for path, status in (("/Users", 200), ("/Printers", 404)):
        answer = acme.send("GET", path, headers={"Accept": accept})
        assert answer.status == status
        assert answer.headers["Content-Type"].startswith("application/scim+json")


@row("HTP-03")
@pytest.mark.parametrize(
    ("content_type", "status"),
    [
        ("application/scim+json", 201),
        ("application/json", 201),
        ("application/scim+json; charset=utf-8", 201),
        ("application/json;charset=UTF-8", 201),
        ("text/plain", 415),
        ("application/xml", 415),
    ],
)
def test_given_a_media_type_then_json_is_read_and_the_rest_is_415(acme: Client, content_type: str, status: int) -> None:
    answer = acme.send("POST", "/Users", user_body("ada"), headers={"Content-Type": content_type})
    assert answer.status == status


@row("HTP-05")
def test_given_a_byte_order_mark_or_broken_utf_8_then_the_one_is_read_and_the_other_refused(acme: Client) -> None:
    assert acme.send("POST", "/Users", "\ufeff" + json.dumps(user_body("ada"))).status == 201
    answer = acme.send("POST", "/Users", json.dumps(user_body("b\ufffd"), ensure_ascii=False))
    assert scim_type(answer) == "invalidSyntax"
    assert not acme.get("/Users").text.startswith("\ufeff")


@row("HTP-07", "REP-02", "TEN-06")
def test_given_ids_then_they_are_random_and_need_no_encoding_in_a_url(acme: Client, strict: Client) -> None:
    ids = [str(client.user(name)["id"]) for client in (acme, strict) for name in ("ada", "bob")]
    assert len({each[-12:] for each in ids}) == 4
    assert all(set(each) <= set("0123456789abcdef-") for each in ids)


@row("HTP-08")
def test_given_a_trailing_slash_then_it_means_nothing(acme: Client) -> None:
    ada = acme.user("ada")
    assert acme.send("GET", '/Users/?filter=userName%20eq%20"ada"').json()["totalResults"] == 1
    assert acme.send("GET", f"{acme.path(ada)}/").json()["id"] == ada["id"]


@row("HTP-09", "ATT-16")
def test_given_head_then_it_has_the_headers_of_get_and_no_body(acme: Client) -> None:
    ada = acme.user("ada")
    head, get = acme.send("HEAD", acme.path(ada)), acme.get(acme.path(ada))
    assert (head.status, head.text) == (200, "")
    assert {**head.headers, "X-Request-Id": ""} == {**get.headers, "X-Request-Id": ""}


@row("HTP-09")
def test_given_options_then_it_lists_the_methods_and_allows_no_other_origin(acme: Client) -> None:
    answer = acme.send("OPTIONS", "/Users", headers={"Origin": "https://evil.example"})
    assert answer.headers["Allow"] == "GET, POST, HEAD, OPTIONS"
    assert not [name for name in answer.headers if name.startswith("Access-Control")]


@row("HTP-10")
@pytest.mark.parametrize(("path", "body"), [("/Users", user_body("ada")), ("/Groups", group_body("crew"))])
def test_given_a_body_of_ten_megabytes_then_413_and_nothing_is_stored(
    acme: Client, path: str, body: dict[str, Any]
) -> None:
    answer = acme.send("POST", path, json.dumps({**body, "title": "x" * 10_000_000}))
    assert scim_type(answer, 413) == "None"
    assert acme.get(path).json()["totalResults"] == 0


@row("HTP-11", "SEC-08")
def test_given_keys_that_mean_something_to_a_language_then_they_mean_nothing(acme: Client, strict: Client) -> None:
    body = user_body("ada", **{"__proto__": {"isAdmin": True}, "constructor": {}, "__class__": "x", "isAdmin": True})
    created = acme.send("POST", "/Users", body)
    assert created.status == 201
    assert acme.read(created.json()) == {**created.json()}
    assert not {"__proto__", "constructor", "__class__", "isAdmin"} & created.json().keys()
    assert scim_type(strict.send("POST", "/Users", body)) == "invalidValue"


@row("HTP-11")
@pytest.mark.parametrize("body", ["[" * 100_000, '{"a":' * 100_000, '{"userName":' + "9" * 100_000 + "}"])
def test_given_endless_nesting_or_digits_then_invalid_syntax(acme: Client, body: str) -> None:
    assert scim_type(acme.send("POST", "/Users", body)) == "invalidSyntax"


@row("HTP-15")
def test_given_any_answer_then_it_names_the_request_and_the_log_has_a_line_for_it(server: Server, acme: Client) -> None:
    for path in ("/Users", "/Printers"):
        answer = acme.get(path)
        logged = [line for line in server.account.lines() if answer.headers["X-Request-Id"] in json.dumps(line)]
        assert logged


@row("HTP-16", "REP-08", "REP-09", "CRE-01", "ETG-13", "SEC-06", "SEC-14")
def test_given_a_spoofed_host_then_locations_are_those_of_the_deployment(acme: Client) -> None:
    spoofed = {"Host": "evil.example", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "http"}
    created = acme.send("POST", "/Users", user_body("ada"), headers=spoofed)
    ada = created.json()
    assert ada["meta"]["location"] == created.headers["Location"] == f"{acme.base_url}/Users/{ada['id']}"
    read = acme.send("GET", acme.path(ada), headers=spoofed)
    assert read.json()["meta"]["location"] == read.headers["Location"] == created.headers["Location"]
    assert read.headers["Cache-Control"] == "no-store"
    assert read.headers["X-Content-Type-Options"] == "nosniff"
