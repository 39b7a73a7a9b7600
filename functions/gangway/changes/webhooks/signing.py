"""Signatures of webhooks by the Standard Webhooks specification 1.0.0, symmetric scheme ``v1``.

A receiver must be able to tell that a message is ours, unaltered and not an old one replayed, with a library that it
already has. So the signature covers id, time of this attempt and the exact bytes of the body. While a secret is being
replaced two are live, and a message carries a signature of each: the receiver may change over whenever it likes.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - public: says what the text is
SECRET_BYTES: Final = 32

_ALLOWED_SECRET_BYTES: Final = range(24, 65)


class SecretError(ValueError):
    """A signing secret is not of the form ``whsec_`` and 24 to 64 bytes in base64. Never holds the secret."""


def new_secret() -> str:
    """Make a signing secret, in the form that receivers' libraries take."""
    return SECRET_PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def headers(message_id: str, timestamp: int, body: bytes, live_secrets: Sequence[str]) -> dict[str, str]:
    """Make the headers that identify, date and sign a message.

    Args:
        message_id: the event's id, the same on every attempt; must not contain ``.``, which separates signed parts.
        timestamp: seconds since the epoch, of this attempt.
        body: the bytes that will be sent.
        live_secrets: at least one; the newest first.

    Raises:
        SecretError: a secret is malformed.
        ValueError: the id contains a dot, or no secret is given.
    """
    if "." in message_id or not live_secrets:
        raise ValueError("a message needs an id without dots and at least one secret")
    signed = b".".join([message_id.encode(), str(timestamp).encode(), body])
    signatures = [hmac.new(_key(secret), signed, hashlib.sha256).digest() for secret in live_secrets]
    return {
        "webhook-id": message_id,
        "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(f"v1,{base64.b64encode(signature).decode()}" for signature in signatures),
    }


def _key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(SECRET_PREFIX) or len(key) not in _ALLOWED_SECRET_BYTES:
        raise SecretError(f"a signing secret is {SECRET_PREFIX} followed by 24 to 64 bytes in base64")
    return key
