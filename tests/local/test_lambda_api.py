"""Functions that call functions, as a boto3 client sees it."""

from __future__ import annotations

import json
import time
from typing import TYPE_CHECKING, Any

import boto3
import pytest

from infra.local import lambda_api
from infra.local.functions import FunctionError
from infra.local.lambda_api import LambdaApi

if TYPE_CHECKING:
    from collections.abc import Iterator


class Recorded:
    """A function that notes its events, and fails as often as it is told to."""

    def __init__(self, failures: int = 0) -> None:
        self.events: list[Any] = []
        self._failures = failures

    def invoke(self, event: Any, *, request_id: str | None = None, wait: float | None = None) -> Any:
        del request_id, wait
        self.events.append(event)
        if len(self.events) <= self._failures:
            raise FunctionError("stack-sender", {"errorType": "ValueError", "errorMessage": "no"})
        return {"heard": event}


@pytest.fixture
def api() -> Iterator[LambdaApi]:
    running = LambdaApi()
    yield running
    running.stop()


def client(api: LambdaApi) -> Any:
    return boto3.client("lambda", endpoint_url=api.endpoint)


@pytest.mark.parametrize("name", ["stack-sender", "stack-sender:live", "arn:aws:lambda:x:1:function:stack-sender:live"])
def test_given_a_name_or_arn_when_invoked_then_the_function_answers(api: LambdaApi, name: str) -> None:
    api.start({"stack-sender": Recorded()})

    answer = client(api).invoke(FunctionName=name, Payload=json.dumps({"posts": ["ä"]}))

    assert json.loads(answer["Payload"].read()) == {"heard": {"posts": ["ä"]}}
    assert "FunctionError" not in answer


def test_when_the_function_fails_then_the_caller_is_told(api: LambdaApi) -> None:
    api.start({"stack-sender": Recorded(failures=1)})

    answer = client(api).invoke(FunctionName="stack-sender", Payload="{}")

    assert answer["FunctionError"] == "Unhandled"
    assert json.loads(answer["Payload"].read())["errorType"] == "ValueError"


def test_when_there_is_no_such_function_then_the_client_raises(api: LambdaApi) -> None:
    api.start({})
    calls = client(api)

    with pytest.raises(calls.exceptions.ResourceNotFoundException):
        calls.invoke(FunctionName="nobody", Payload="{}")


def test_given_an_event_when_the_function_fails_then_it_is_called_again(
    api: LambdaApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lambda_api, "RETRY_SECONDS", (0.01, 0.01))
    function = Recorded(failures=2)
    api.start({"stack-sender": function})

    answer = client(api).invoke(FunctionName="stack-sender", InvocationType="Event", Payload='{"number": 1}')

    assert answer["StatusCode"] == 202
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and len(function.events) < 3:
        time.sleep(0.01)
    assert function.events == [{"number": 1}] * 3
