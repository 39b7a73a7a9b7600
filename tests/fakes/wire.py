"""A real boto3 client whose requests go to the fake: what botocore signs, repeats and parses is botocore's own.

Requests are taken where botocore would send them. So faults enter where they do in reality, below the retries: a
response of another status, a connection that breaks before the request has arrived or before the answer has come
back, or the end of the process.
"""

from __future__ import annotations

import base64
import io
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSResponse
from botocore.exceptions import ClientError, ConnectTimeoutError, ReadTimeoutError

from gangway.storage.aws import CONFIG

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import boto3

    from tests.fakes.dynamodb import FakeDynamoDB

_URL = "https://dynamodb.eu-central-1.amazonaws.com/"


class Killed(BaseException):
    """The process has ended: nothing catches this."""


@dataclass(frozen=True)
class Fault:
    """What happens to a request.

    Attributes:
        arrives: whether it is carried out.
        fails: what its sender sees.
    """

    arrives: bool
    fails: Callable[[str, Any], AWSResponse]


@dataclass(frozen=True)
class Send:
    """One request on the wire: its operation, the number of the call it belongs to, and of the attempt, from 1."""

    operation: str
    call: int
    attempt: int


class Wire:
    """Carries requests of one client to a fake.

    Args:
        fake: carries them out.
        fault: asked for every request; None lets it through.
    """

    def __init__(self, fake: FakeDynamoDB, fault: Callable[[Send], Fault | None] = lambda _send: None) -> None:
        self.sends: list[Send] = []
        self._fake = fake
        self._fault = fault
        self._calls: dict[bytes | str, int] = {}

    def client(self, session: boto3.session.Session) -> Any:
        """A client as the functions make it, but for where its requests go."""
        client: Any = session.client("dynamodb", region_name="eu-central-1", config=CONFIG)
        client.meta.events.register_first("before-send.dynamodb", self._send)
        return client

    def calls(self) -> list[str]:
        """The operations that were called, however often each was sent."""
        return [send.operation for send in self.sends if send.attempt == 1]

    def _send(self, request: Any, **_more: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        name = (target.decode() if isinstance(target, bytes) else target).partition(".")[2]
        operation = re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()
        call = self._calls.setdefault(request.headers["amz-sdk-invocation-id"], len(self._calls) + 1)
        send = Send(operation, call, 1 + sum(sent.call == call for sent in self.sends))
        self.sends.append(send)
        body = _inward(json.loads(request.body))
        fault = self._fault(send)
        if fault and not fault.arrives:
            return fault.fails(operation, body)
        try:
            answer = response(200, getattr(self._fake, operation)(**body))
        except ClientError as error:
            refused: Any = error.response
            answer = failure(refused["Error"]["Code"], CancellationReasons=refused.get("CancellationReasons"))
        return fault.fails(operation, body) if fault else answer


def response(status: int, body: Any) -> AWSResponse:
    """What comes back over the wire."""
    headers: Any = {"Content-Type": "application/x-amz-json-1.0"}
    return AWSResponse(_URL, status, headers, _Raw(json.dumps(_outward(body))))


def failure(code: str, status: int = 400, **more: Any) -> AWSResponse:
    """An error of DynamoDB."""
    details = {name: value for name, value in more.items() if value is not None}
    return response(status, {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "", **details})


def refused(operation: str, body: Any) -> AWSResponse:
    """A conflict with another transaction, or a fault of the service where there are no conflicts."""
    if operation != "transact_write_items":
        return failure("InternalServerError", 500)
    return failure(
        "TransactionCanceledException",
        CancellationReasons=[{"Code": "TransactionConflict"} for _ in body["TransactItems"]],
    )


def throttled(_operation: str, _body: Any) -> AWSResponse:
    """Too much for now."""
    return failure("ThrottlingException")


def timed_out(_operation: str, _body: Any) -> AWSResponse:
    """Nobody was there."""
    raise ConnectTimeoutError(endpoint_url=_URL)


def unanswered(_operation: str, _body: Any) -> AWSResponse:
    """Somebody was there, but no answer came."""
    raise ReadTimeoutError(endpoint_url=_URL)


def killed(_operation: str, _body: Any) -> AWSResponse:
    """The process ends while it waits for the answer."""
    raise Killed


class _Raw(io.BytesIO):
    """The body of a response, as botocore reads it."""

    def __init__(self, text: str) -> None:
        super().__init__(text.encode())

    def stream(self, **_options: Any) -> Iterator[bytes]:
        while chunk := self.read(65_536):
            yield chunk


def _inward(value: Any) -> Any:
    """From JSON on the wire to what a client passes: binary values are base64 there."""
    if isinstance(value, list):
        return [_inward(each) for each in value]
    if isinstance(value, dict):
        if value.keys() == {"B"}:
            return {"B": base64.b64decode(value["B"])}
        return {name: _inward(each) for name, each in value.items()}
    return value


def _outward(value: Any) -> Any:
    if isinstance(value, list):
        return [_outward(each) for each in value]
    if isinstance(value, dict):
        return {name: _outward(each) for name, each in value.items()}
    return base64.b64encode(value).decode() if isinstance(value, bytes) else value
