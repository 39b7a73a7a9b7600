"""A function must find here what it finds on AWS, and nothing that only the developer's machine has."""

from __future__ import annotations

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from infra.local.functions import Function, FunctionError, FunctionSpec, IntegrationTimeoutError, read_functions

if TYPE_CHECKING:
    from collections.abc import Iterator

SPEC = FunctionSpec(
    name="p-echo",
    arn="arn:aws:lambda:eu-central-1:123456789012:function:p-echo",
    handler="echo.handler",
    code=Path(__file__).parent / "code",
    timeout_seconds=5,
    memory_mb=256,
    environment={"GANGWAY_TABLE": "p"},
)


@pytest.fixture(scope="module")
def echo() -> Iterator[Function]:
    function = Function(SPEC, maximum=2)
    yield function
    function.stop()


def test_the_handler_gets_event_and_context(echo: Function) -> None:
    answer = echo.invoke({"x": "é"}, request_id="abc")

    assert answer["event"] == {"x": "é"}
    assert answer["requestId"] == "abc"
    assert answer["function"] == "p-echo"
    assert answer["arn"] == SPEC.arn
    assert 4000 < answer["remaining"] <= 5000


def test_the_environment_is_the_runtimes_and_the_declared_one(echo: Function) -> None:
    environment = echo.invoke({})["environment"]

    assert environment["GANGWAY_TABLE"] == "p"
    assert environment["AWS_LAMBDA_FUNCTION_NAME"] == "p-echo"
    assert environment["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"] == "256"
    assert environment["LAMBDA_TASK_ROOT"] == str(SPEC.code)
    assert environment["TZ"] == ":UTC"
    assert not {"HOME", "VIRTUAL_ENV", "PYTHONPATH", "PYTHONUNBUFFERED"} & set(environment)


def test_only_the_standard_library_and_the_bundle_can_be_imported(echo: Function) -> None:
    assert echo.invoke({"do": "import", "module": "json"}) == "json"
    with pytest.raises(FunctionError) as error:
        echo.invoke({"do": "import", "module": "boto3"})
    assert error.value.error["errorType"] == "ModuleNotFoundError"


def test_an_environment_keeps_its_state_between_requests(echo: Function) -> None:
    first, second = echo.invoke({}), echo.invoke({})

    assert (second["pid"], second["calls"]) == (first["pid"], first["calls"] + 1)


def test_given_parallel_requests_then_each_has_an_environment_of_its_own_up_to_the_maximum(echo: Function) -> None:
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: echo.invoke({"do": "sleep", "seconds": 0.2}), range(4)))

    assert len({answer["pid"] for answer in answers}) == 2


def test_given_an_exception_then_the_error_is_lambdas_and_the_environment_lives_on(echo: Function) -> None:
    pid = echo.invoke({})["pid"]

    with pytest.raises(FunctionError) as error:
        echo.invoke({"do": "fail"})

    assert error.value.error["errorType"] == "ValueError"
    assert error.value.error["errorMessage"] == "as asked"
    assert echo.invoke({})["pid"] == pid


def test_given_a_result_that_is_no_json_then_marshalling_fails(echo: Function) -> None:
    with pytest.raises(FunctionError, match=r"Runtime\.MarshalError"):
        echo.invoke({"do": "unserialisable"})


def test_given_a_crash_then_the_next_request_gets_a_new_environment(echo: Function) -> None:
    with pytest.raises(FunctionError, match=r"Runtime\.ExitError"):
        echo.invoke({"do": "exit"})

    assert echo.invoke({})["event"] == {}


def test_given_a_time_out_then_the_environment_is_killed() -> None:
    function = Function(replace(SPEC, timeout_seconds=0.5))
    try:
        pid = function.invoke({})["pid"]
        with pytest.raises(FunctionError, match=r"timed out after 0\.50 seconds"):
            function.invoke({"do": "sleep", "seconds": 30})
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert function.invoke({})["pid"] != pid
    finally:
        function.stop()


def test_given_a_caller_that_waits_less_then_the_function_goes_on(echo: Function) -> None:
    pid = echo.invoke({})["pid"]

    with pytest.raises(IntegrationTimeoutError):
        echo.invoke({"do": "sleep", "seconds": 0.4}, wait=0.1)

    time.sleep(0.5)
    assert pid in {echo.invoke({})["pid"] for _ in range(3)}


def test_given_a_handler_that_cannot_be_imported_then_every_request_fails() -> None:
    function = Function(replace(SPEC, handler="missing.handler"))
    try:
        for _ in range(2):
            with pytest.raises(FunctionError, match="ModuleNotFoundError"):
                function.invoke({})
    finally:
        function.stop()


def test_what_the_function_prints_goes_to_the_log(tmp_path: Path) -> None:
    with (tmp_path / "log").open("wb") as log:
        function = Function(replace(SPEC, log=log))
        try:
            function.invoke({"do": "print"})
        finally:
            function.stop()

    assert (tmp_path / "log").read_text() == "said on stdout\n"


def test_when_stopped_then_no_process_is_left_and_requests_in_progress_fail() -> None:
    function = Function(SPEC)
    pid = function.invoke({})["pid"]
    failures: list[Exception] = []

    def slow() -> None:
        try:
            function.invoke({"do": "sleep", "seconds": 30})
        except FunctionError as error:
            failures.append(error)

    caller = threading.Thread(target=slow)
    caller.start()
    time.sleep(0.2)

    function.stop()
    caller.join(2)

    assert len(failures) == 1
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_declared_functions_are_read_with_their_variables_over_the_emulators() -> None:
    recorded = {
        "name": "p-x",
        "arn": "arn:x",
        "handler": "a.b",
        "timeout": 25,
        "memorySize": 1024,
        "environment": {"variables": {"GANGWAY_TABLE": "p"}},
    }

    spec = read_functions([recorded], Path("/code"), {"AWS_REGION": "eu-central-1"})["p-x"]

    assert (spec.handler, spec.timeout_seconds, spec.memory_mb) == ("a.b", 25.0, 1024)
    assert spec.environment == {"AWS_REGION": "eu-central-1", "GANGWAY_TABLE": "p"}
