"""Verifies AWS Signature Version 4 of a request, as API Gateway does for methods with AWS_IAM authorization.

Written from AWS's description rather than with botocore, which can only sign; botocore signs the requests of the tests.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, quote

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.local.emulator import Credentials
    from infra.local.exchange import Request

ALGORITHM = "AWS4-HMAC-SHA256"
CLOCK_SKEW = timedelta(minutes=5)
_PARTS = re.compile(r"(Credential|SignedHeaders|Signature)=([^,\s]+)")


class SignatureError(Exception):
    """A request is not signed, or not by a known key over what arrived; `kind` is the type of gateway response."""

    def __init__(self, kind: str) -> None:
        super().__init__(kind)
        self.kind = kind


@dataclass(frozen=True, slots=True)
class Signature:
    """The parts of an Authorization header."""

    access_key_id: str
    scope: str
    signed_headers: tuple[str, ...]
    value: str


def verify(request: Request, keys: Mapping[str, Credentials], now: datetime, service: str = "execute-api") -> str:
    """Check a request's signature and return the access key id it was signed with.

    Args:
        request: as it arrived.
        keys: known credentials by access key id.
        now: the gateway's time, in UTC.
        service: signing name of the service.

    Raises:
        SignatureError: with `MISSING_AUTHENTICATION_TOKEN` or `INVALID_SIGNATURE`.
    """
    signature = _parse(request.header("Authorization"))
    credentials = keys.get(signature.access_key_id)
    signed_at = _time(request.header("X-Amz-Date"))
    if credentials is None or "host" not in signature.signed_headers:
        raise SignatureError("INVALID_SIGNATURE")
    scope = f"{signed_at:%Y%m%d}/{credentials.region}/{service}/aws4_request"
    expected = _sign(credentials.secret_access_key, scope, signed_at, _canonical(request, signature.signed_headers))
    right = signature.scope == scope and hmac.compare_digest(expected, signature.value)
    if not right or abs(now - signed_at) > CLOCK_SKEW:
        raise SignatureError("INVALID_SIGNATURE")
    return signature.access_key_id


def _parse(header: str | None) -> Signature:
    if not header or not header.startswith(ALGORITHM):
        raise SignatureError("MISSING_AUTHENTICATION_TOKEN")
    parts = dict(_PARTS.findall(header))
    if len(parts) != 3 or "/" not in parts["Credential"]:
        raise SignatureError("INVALID_SIGNATURE")
    access_key_id, _, scope = parts["Credential"].partition("/")
    return Signature(access_key_id, scope, tuple(parts["SignedHeaders"].split(";")), parts["Signature"])


def _time(header: str | None) -> datetime:
    try:
        return datetime.strptime(header or "", "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)
    except ValueError:
        raise SignatureError("INVALID_SIGNATURE") from None


def _canonical(request: Request, signed_headers: tuple[str, ...]) -> str:
    query = sorted(
        (quote(name, safe="-_.~"), quote(value, safe="-_.~"))
        for name, value in parse_qsl(request.query.replace("+", "%2B"), keep_blank_values=True)
    )
    values = {
        name: ",".join(" ".join(value.split()) for key, value in request.headers if key.lower() == name)
        for name in signed_headers
    }
    return "\n".join(
        (
            request.method,
            quote(request.path or "/", safe="/-_.~"),  # every service but S3 encodes the encoded path once more
            "&".join(f"{name}={value}" for name, value in query),
            "".join(f"{name}:{value}\n" for name, value in values.items()),
            ";".join(signed_headers),
            hashlib.sha256(request.body).hexdigest(),
        )
    )


def _sign(secret: str, scope: str, signed_at: datetime, canonical: str) -> str:
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = "\n".join((ALGORITHM, f"{signed_at:%Y%m%dT%H%M%SZ}", scope, digest))
    key = f"AWS4{secret}".encode()
    for part in (*scope.split("/"), text):
        key = hmac.digest(key, part.encode(), "sha256")
    return key.hex()
