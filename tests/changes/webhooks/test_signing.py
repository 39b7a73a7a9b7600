"""Signatures as the Standard Webhooks specification describes them, computed here a second time, by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac

import pytest

from gangway.changes.webhooks.signing import SecretError, headers, new_secret

# The worked example of the libraries of the specification.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
MESSAGE = "msg_p5jXN8AQM9LWM0D4loKWxJek"
BODY = b'{"test": 2432232314}'
SIGNATURE = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


@pytest.mark.row("WHK-01")
def test_WHK_01_the_specifications_example_is_signed_as_the_specification_says() -> None:
    assert headers(MESSAGE, 1614265330, BODY, [SECRET]) == {
        "webhook-id": MESSAGE,
        "webhook-timestamp": "1614265330",
        "webhook-signature": SIGNATURE,
    }


@pytest.mark.row("WHK-01")
def test_WHK_01_id_time_and_every_byte_of_the_body_are_signed() -> None:
    signatures = {
        headers(message, time, body, [SECRET])["webhook-signature"]
        for message, time, body in [
            (MESSAGE, 1, BODY),
            ("other", 1, BODY),
            (MESSAGE, 2, BODY),
            (MESSAGE, 1, BODY + b" "),
        ]
    }
    assert len(signatures) == 4


@pytest.mark.row("WHK-03")
def test_WHK_03_while_a_secret_is_replaced_both_sign() -> None:
    new = new_secret()

    signed = headers(MESSAGE, 1614265330, BODY, [new, SECRET])["webhook-signature"].split()

    key = base64.b64decode(new.removeprefix("whsec_"))
    digest = hmac.new(key, f"{MESSAGE}.1614265330.".encode() + BODY, hashlib.sha256).digest()
    assert signed == [f"v1,{base64.b64encode(digest).decode()}", SIGNATURE]


def test_new_secrets_are_long_and_never_the_same() -> None:
    secrets = {new_secret() for _ in range(100)}

    assert len(secrets) == 100
    assert all(len(base64.b64decode(secret.removeprefix("whsec_"))) == 32 for secret in secrets)


@pytest.mark.row("WHK-12")
@pytest.mark.parametrize(
    "secret", ["", "whsec_", "whsec_c2hvcnQ=", SECRET + "\r\nX: y", SECRET.removeprefix("whsec_"), "whsec_" + "A" * 200]
)
def test_WHK_12_a_malformed_secret_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(SecretError) as refusal:
        headers(MESSAGE, 1, BODY, [secret])

    assert str(refusal.value) == "a signing secret is whsec_ followed by 24 to 64 bytes in base64"


@pytest.mark.parametrize(("message", "secrets"), [("a.b", [SECRET]), (MESSAGE, [])])
def test_what_could_not_be_verified_is_not_signed(message: str, secrets: list[str]) -> None:
    with pytest.raises(ValueError, match="id without dots"):
        headers(message, 1, BODY, secrets)
