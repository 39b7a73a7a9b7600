"""The key pair that signs security event tokens: KMS keeps the private half, receivers get the public one.

KMS speaks the formats of X.509, tokens those of JOSE. The translation is two fixed layouts of P-256, so it is done here
by hand rather than by a cryptography library, which would be the largest thing in the bundle.
"""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from types_boto3_kms import KMSClient

_COORDINATE_BYTES: Final = 32
_UNCOMPRESSED_POINT: Final = b"\x04"


class SigningKey:
    """Implements `gangway.changes.security_event.Signer` with ECDSA on P-256.

    Args:
        client: a KMS client.
        key: ARN of an asymmetric key of the spec ``ECC_NIST_P256``.
    """

    algorithm = "ES256"

    def __init__(self, client: KMSClient, key: str) -> None:
        self._client = client
        self._key = key
        self.key_id = key.rpartition("/")[2]

    def sign(self, signing_input: bytes) -> bytes:
        """See `gangway.changes.security_event.Signer.sign`."""
        answer = self._client.sign(
            KeyId=self._key,
            Message=hashlib.sha256(signing_input).digest(),
            MessageType="DIGEST",
            SigningAlgorithm="ECDSA_SHA_256",
        )
        return raw_signature(answer["Signature"])

    def public(self) -> dict[str, Any]:
        """The public half as a JSON Web Key (RFC 7517)."""
        point = self._client.get_public_key(KeyId=self._key)["PublicKey"][-2 * _COORDINATE_BYTES - 1 :]
        if not point.startswith(_UNCOMPRESSED_POINT):
            raise ValueError("not a public key of P-256")
        x, y = point[1 : _COORDINATE_BYTES + 1], point[_COORDINATE_BYTES + 1 :]
        return {
            "kty": "EC",
            "crv": "P-256",
            "x": _base64url(x),
            "y": _base64url(y),
            "kid": self.key_id,
            "alg": self.algorithm,
            "use": "sig",
        }


def raw_signature(der: bytes) -> bytes:
    """The two numbers of an ECDSA signature side by side (RFC 7518 section 3.4), from their DER sequence."""
    numbers = []
    rest = der[2:]  # tag and length of the sequence, which is shorter than 128 bytes
    for _ in range(2):
        length = rest[1]
        numbers.append(int.from_bytes(rest[2 : 2 + length]))
        rest = rest[2 + length :]
    return b"".join(number.to_bytes(_COORDINATE_BYTES) for number in numbers)


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
