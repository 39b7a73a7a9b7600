"""The event of a request, as API Gateway forms it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from infra.local.event import Arrival, proxy_event
from infra.local.exchange import Request
from infra.local.rest_api import read_rest_api
from tests.local.test_rest_api import any_method

ARRIVAL = Arrival(
    request_id="7c1e2f5a-0000-4000-8000-000000000001",
    time=datetime(2026, 1, 2, 3, 4, 5, 678000, UTC),
    domain_name="scim.example.com",
)


def event(path: str = "/scim/v2/acme/Users", query: str = "", *, binary: tuple[str, ...] = (), **more: Any) -> Any:
    api = read_rest_api(
        "abcdefghij",
        "live",
        {
            "paths": {"/scim/v2/{org}/{proxy+}": any_method("f")},
            "x-amazon-apigateway-binary-media-types": list(binary),
        },
    )
    request = Request(more.pop("method", "GET"), path, query, **more)
    match = api.match(request.method, path)
    assert match
    return proxy_event(api, match, request, ARRIVAL)


def test_resource_path_and_parameters() -> None:
    made = event("/scim/v2/acme/Users/a%2Fb%20c")

    assert made["resource"] == "/scim/v2/{org}/{proxy+}"
    assert made["path"] == "/scim/v2/acme/Users/a%2Fb%20c"
    assert made["pathParameters"] == {"org": "acme", "proxy": "Users/a/b c"}


@pytest.mark.parametrize(
    ("query", "single", "multiple"),
    [
        ("", None, None),
        ("filter=userName+eq+%22a%2Bb%22", {"filter": 'userName eq "a+b"'}, {"filter": ['userName eq "a+b"']}),
        ("a=1&a=2&b", {"a": "2", "b": ""}, {"a": ["1", "2"], "b": [""]}),
        ("a=%2541", {"a": "%41"}, {"a": ["%41"]}),
        ("a=x;b=y", {"a": "x;b=y"}, {"a": ["x;b=y"]}),
    ],
)
def test_the_query_is_decoded_once(query: str, single: Any, multiple: Any) -> None:
    made = event(query=query)

    assert made["queryStringParameters"] == single
    assert made["multiValueQueryStringParameters"] == multiple


def test_headers_keep_their_spelling_and_all_their_values() -> None:
    made = event(headers=(("x-CUSTOM", "1"), ("x-CUSTOM", "2"), ("Authorization", "Bearer t")))

    assert made["headers"]["x-CUSTOM"] == "2"
    assert made["multiValueHeaders"]["x-CUSTOM"] == ["1", "2"]
    assert made["headers"]["Authorization"] == "Bearer t"


def test_hop_by_hop_headers_do_not_arrive() -> None:
    made = event(headers=(("Connection", "keep-alive"), ("TE", "trailers"), ("Expect", "100-continue"), ("A", "b")))

    assert set(made["headers"]) == {"A", "X-Amzn-Trace-Id", "X-Forwarded-For", "X-Forwarded-Port", "X-Forwarded-Proto"}


def test_given_a_forged_forwarded_for_then_the_source_ip_is_the_gateways_own() -> None:
    made = event(headers=(("X-Forwarded-For", "10.9.8.7"),), source_ip="192.0.2.1")

    assert made["multiValueHeaders"]["X-Forwarded-For"] == ["10.9.8.7", "10.9.8.7, 192.0.2.1"]
    assert made["requestContext"]["identity"]["sourceIp"] == "192.0.2.1"


def test_given_a_lying_host_then_the_domain_name_is_the_apis() -> None:
    context = event(headers=(("Host", "evil.example"),))["requestContext"]

    assert (context["domainName"], context["domainPrefix"]) == ("scim.example.com", "scim")


def test_the_request_context_says_when_where_and_what() -> None:
    context = event(method="DELETE", headers=(("User-Agent", "okta"),))["requestContext"]

    assert context["httpMethod"] == "DELETE"
    assert context["requestId"] == ARRIVAL.request_id
    assert context["requestTime"] == "02/Jan/2026:03:04:05 +0000"
    assert context["requestTimeEpoch"] == 1767323045678
    assert (context["apiId"], context["stage"]) == ("abcdefghij", "live")
    assert context["path"] == "/scim/v2/acme/Users"
    assert context["identity"]["userAgent"] == "okta"
    assert context["identity"]["userArn"] is None


@pytest.mark.parametrize(
    ("body", "binary", "text", "is_base64"),
    [
        (b"", (), None, False),
        (b'{"a":"\xc3\xa9"}', (), '{"a":"é"}', False),
        (b"\xff\x00", (), "\ufffd\x00", False),
        (b"\xff\x00", ("image/*",), "/wA=", True),
    ],
)
def test_the_body_is_text_unless_its_type_is_listed_as_binary(
    body: bytes, binary: tuple[str, ...], text: str | None, is_base64: bool
) -> None:
    made = event(method="POST", body=body, binary=binary, headers=(("content-type", "image/png; q=1"),))

    assert (made["body"], made["isBase64Encoded"]) == (text, is_base64)
