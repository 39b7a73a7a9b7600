"""Bodies: media type, size, encoding."""

import base64
from collections.abc import Mapping

import pytest

from gangway.http.body import parse_body
from gangway.http.request import Request
from gangway.scim.errors import InvalidSyntax, PayloadTooLarge, ScimError, UnsupportedMediaType

LIMIT = 100


def with_body(body: str | None, headers: Mapping[str, str] | None = None, *, base64_encoded: bool = False) -> Request:
    return Request.from_event(
        {
            "httpMethod": "POST",
            "path": "/",
            "headers": {"Content-Type": "application/scim+json", **(headers or {})},
            "body": body,
            "isBase64Encoded": base64_encoded,
            "requestContext": {"requestId": "r"},
        }
    )


def encoded(data: bytes) -> Request:
    return with_body(base64.b64encode(data).decode(), base64_encoded=True)


@pytest.mark.parametrize(
    "media_type",
    [
        "application/scim+json",
        "application/json",
        "application/json; charset=utf-8",
        "Application/SCIM+JSON;charset=UTF-8",
        "application/scim+json ; q=1",
    ],
)
def test_HTP_03_given_json_by_any_of_its_media_types_then_it_is_read(media_type: str) -> None:
    assert parse_body(with_body('{"a":1}', {"Content-Type": media_type}), LIMIT) == {"a": 1}


@pytest.mark.parametrize(
    "media_type", ["text/plain", "application/xml", "application/jsonx", "", "multipart/form-data"]
)
def test_HTP_03_given_another_media_type_then_415(media_type: str) -> None:
    request = with_body('{"a":1}', {"Content-Type": media_type})
    with pytest.raises(UnsupportedMediaType):
        parse_body(request, LIMIT)


def test_given_no_media_type_then_the_body_is_taken_for_json() -> None:
    event = {"httpMethod": "POST", "path": "/", "headers": {}, "body": "{}", "requestContext": {"requestId": "r"}}
    assert parse_body(Request.from_event(event), LIMIT) == {}


def test_INP_19_given_a_compressed_body_then_415() -> None:
    with pytest.raises(UnsupportedMediaType):
        parse_body(with_body("{}", {"Content-Encoding": "gzip"}), LIMIT)


@pytest.mark.parametrize("text", ["é", "日", "😀", "x"])
@pytest.mark.parametrize("surplus", [0, 1])
def test_INP_14_given_a_body_at_the_limit_then_bytes_count_and_one_more_is_413(text: str, surplus: int) -> None:
    padding = '{"a":"' + text
    body = padding + "x" * (LIMIT + surplus - len(padding.encode()) - 2) + '"}'
    for request in (with_body(body), encoded(body.encode())):
        if surplus:
            with pytest.raises(PayloadTooLarge):
                parse_body(request, LIMIT)
        else:
            assert parse_body(request, LIMIT)


def test_given_a_binary_body_then_it_is_decoded() -> None:
    assert parse_body(encoded('{"a":"é"}'.encode()), LIMIT) == {"a": "é"}


@pytest.mark.parametrize("mark", ["\ufeff", ""])
def test_HTP_05_given_a_byte_order_mark_then_it_is_tolerated(mark: str) -> None:
    assert parse_body(with_body(mark + "{}"), LIMIT) == {}
    assert parse_body(encoded((mark + "{}").encode()), LIMIT) == {}


@pytest.mark.parametrize(
    "request_",
    [
        with_body(None),
        with_body(""),
        with_body("[]"),
        with_body('"a"'),
        with_body("null"),
        with_body("{"),
        with_body('{"a":1,"A":2}'),
        with_body('{"a":NaN}'),
        with_body('{"a":"\\ud800"}'),
        with_body('{"a":"\ufffd("}'),
        with_body('{"a":"\ud800"}'),
        encoded(b'{"a":"\xc3\x28"}'),
        encoded('{"a":1}'.encode("utf-16")),
        with_body("%%%", base64_encoded=True),
        with_body("é", base64_encoded=True),
    ],
)
def test_INP_05_INP_06_given_no_json_object_in_utf_8_then_invalid_syntax(request_: Request) -> None:
    with pytest.raises(InvalidSyntax):
        parse_body(request_, LIMIT)


@pytest.mark.parametrize(
    "body", ["[" * 50_000, '{"a":' * 50_000, "1" * 5_000, '{"a":1e400}', '{"a":' + "9" * 5_000 + "}"]
)
def test_INP_04_given_a_json_bomb_then_it_is_refused(body: str) -> None:
    with pytest.raises(ScimError) as refused:
        parse_body(with_body(body), 10**6)
    assert refused.value.status == 400
