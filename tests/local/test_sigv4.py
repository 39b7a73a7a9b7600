"""Signatures made by botocore must verify, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials as BotoCredentials

from infra.local.emulator import Credentials
from infra.local.exchange import Request
from infra.local.sigv4 import SignatureError, verify

CREDENTIALS = Credentials()
KEYS = {CREDENTIALS.access_key_id: CREDENTIALS}


def sign(
    method: str,
    url: str,
    body: bytes = b"",
    *,
    secret: str = CREDENTIALS.secret_access_key,
    service: str = "execute-api",
    headers: dict[str, str] | None = None,
) -> Request:
    """A request as botocore signs it, as it would arrive."""
    unsigned: Any = AWSRequest(method=method, url=url, data=body, headers=headers or {})
    SigV4Auth(BotoCredentials(CREDENTIALS.access_key_id, secret), service, CREDENTIALS.region).add_auth(unsigned)
    parts = urlsplit(url)
    given = (("Host", parts.netloc), *unsigned.headers.items())
    return Request(method, parts.path, parts.query, given, body)


def now() -> datetime:
    return datetime.now(UTC)


def kind(request: Request, at: datetime | None = None) -> str:
    with pytest.raises(SignatureError) as error:
        verify(request, KEYS, at or now())
    return error.value.kind


@pytest.mark.parametrize(
    ("method", "url", "body"),
    [
        ("GET", "http://127.0.0.1:8080/admin/v1/organizations", b""),
        ("POST", "http://127.0.0.1:8080/admin/v1/organizations", b'{"name":"acme"}'),
        ("GET", "http://127.0.0.1:8080/admin/v1/a%20b/%C3%A9?z=1&a=%20x&a=&b=c%2Bd", b""),
        ("DELETE", "http://127.0.0.1:8080/admin/v1/tokens/~x_y-z.0", b""),
    ],
)
def test_given_a_request_signed_by_botocore_then_it_verifies(method: str, url: str, body: bytes) -> None:
    assert verify(sign(method, url, body), KEYS, now()) == CREDENTIALS.access_key_id


def test_given_further_signed_headers_then_they_are_part_of_the_signature() -> None:
    request = sign("GET", "http://h/admin", headers={"X-Custom": "  a   b "})

    assert verify(request, KEYS, now())
    altered = tuple((name, "c" if name == "X-Custom" else value) for name, value in request.headers)
    assert kind(replace(request, headers=altered)) == "INVALID_SIGNATURE"


@pytest.mark.parametrize("authorization", [None, "Bearer gangway_token", "Basic x"])
def test_given_no_signature_then_the_authentication_token_is_missing(authorization: str | None) -> None:
    headers = (("Authorization", authorization),) if authorization else ()

    assert kind(Request("GET", "/admin", headers=headers)) == "MISSING_AUTHENTICATION_TOKEN"


@pytest.mark.parametrize("change", [{"method": "PUT"}, {"path": "/admin/2"}, {"query": "a=2"}, {"body": b"other"}])
def test_given_a_changed_request_then_the_signature_is_invalid(change: dict[str, Any]) -> None:
    request = sign("POST", "http://h/admin/1?a=1", b"body")

    assert kind(replace(request, **change)) == "INVALID_SIGNATURE"


def test_given_another_secret_service_or_key_then_the_signature_is_invalid() -> None:
    assert kind(sign("GET", "http://h/admin", secret="other")) == "INVALID_SIGNATURE"
    assert kind(sign("GET", "http://h/admin", service="s3")) == "INVALID_SIGNATURE"
    with pytest.raises(SignatureError):
        verify(sign("GET", "http://h/admin"), {}, now())


def test_given_an_old_signature_then_it_is_invalid() -> None:
    request = sign("GET", "http://h/admin")

    assert verify(request, KEYS, now() + timedelta(minutes=4))
    assert kind(request, now() + timedelta(minutes=6)) == "INVALID_SIGNATURE"


@pytest.mark.parametrize(
    "header", ["AWS4-HMAC-SHA256", "AWS4-HMAC-SHA256 Credential=x, SignedHeaders=host, Signature=y"]
)
def test_given_a_broken_header_then_it_is_an_invalid_signature(header: str) -> None:
    assert kind(Request("GET", "/admin", headers=(("Authorization", header),))) == "INVALID_SIGNATURE"
