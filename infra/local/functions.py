"""Runs Lambda functions as AWS does: several environments each, one request at a time in an environment.

A handler keeps state between requests (clients, caches) and shares none between environments; code that confuses the
two works in one process and fails on AWS. So each environment is a process (worker.py), a request takes an idle one
or starts another, and one that exceeds its time-out is killed with everything it remembered.
"""

from __future__ import annotations

import json
import logging
import socket
import subprocess
import sys
import threading
import time
import uuid
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLong
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

MAXIMUM_ENVIRONMENTS = 4
PATIENT_ENVIRONMENTS = 16
"""Of a function that may run longer than any gateway waits: it mostly waits itself, and must not make others wait."""
GATEWAY_SECONDS = 29.0
INIT_SECONDS = 30.0  # AWS gives an environment 10 s to import the handler; a busy laptop may need longer
STOP_SECONDS = 1.0

_WORKER = Path(__file__).with_name("worker.py")
_log = logging.getLogger(__name__)


class FunctionError(Exception):
    """A function failed: it raised, ran out of time or could not be imported. Carries Lambda's error object."""

    def __init__(self, name: str, error: Mapping[str, Any]) -> None:
        super().__init__(f"{name}: {error.get('errorType')}: {error.get('errorMessage')}")
        self.error = error


class IntegrationTimeoutError(Exception):
    """The caller stopped waiting; the function goes on, as it does on AWS."""


@dataclass(frozen=True, slots=True)
class FunctionSpec:
    """A Lambda function as the program declares it.

    Attributes:
        code: the unpacked bundle.
        environment: the declared variables, and those that point AWS clients at the emulator.
        log_group: where AWS would put what it prints; the function is told.
        log: file descriptor or file that takes what the function prints; None throws it away.
    """

    name: str
    arn: str
    handler: str
    code: Path
    timeout_seconds: float
    memory_mb: int
    environment: Mapping[str, str] = field(repr=False)
    log_group: str = ""
    log: int | IO[bytes] | None = None

    def process_environment(self) -> dict[str, str]:
        """Every variable the process gets: the Lambda runtime's own, and the declared ones."""
        runtime = {
            "AWS_EXECUTION_ENV": f"AWS_Lambda_python{sys.version_info.major}.{sys.version_info.minor}",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(self.memory_mb),
            "AWS_LAMBDA_FUNCTION_NAME": self.name,
            "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
            "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
            "AWS_LAMBDA_LOG_GROUP_NAME": self.log_group or f"/aws/lambda/{self.name}",
            "AWS_LAMBDA_LOG_STREAM_NAME": "local",
            "LAMBDA_TASK_ROOT": str(self.code),
            "LANG": "en_US.UTF-8",
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TZ": ":UTC",
            "_HANDLER": self.handler,
        }
        return runtime | dict(self.environment)


class Function:
    """A function with its environments."""

    def __init__(self, spec: FunctionSpec, maximum: int | None = None) -> None:
        self.spec = spec
        usual = PATIENT_ENVIRONMENTS if spec.timeout_seconds > GATEWAY_SECONDS else MAXIMUM_ENVIRONMENTS
        self._slots = threading.BoundedSemaphore(maximum or usual)
        self._idle: list[_Environment] = []
        self._all: set[_Environment] = set()
        self._lock = threading.Lock()
        self._stopped = False

    def warm(self) -> None:
        """Start an environment before the first request needs it; returns at once."""
        environment = self._start()
        with self._lock:
            self._idle.append(environment)

    def invoke(self, event: Any, *, request_id: str | None = None, wait: float | None = None) -> Any:
        """Call the function and return its result.

        Args:
            event: JSON value for the handler.
            request_id: becomes the context's `aws_request_id`.
            wait: seconds the caller is ready to wait, if less than the function's own time-out.

        Raises:
            FunctionError: the function failed or exceeded its time-out.
            IntegrationTimeoutError: `wait` has passed.
        """
        outcome: Future[Any] = Future()
        call = (event, request_id or str(uuid.uuid4()), outcome)
        if wait is None:
            self._run(*call)
        else:
            threading.Thread(target=self._run, args=call, daemon=True).start()
        try:
            return outcome.result(wait)
        except WaitedTooLong:
            raise IntegrationTimeoutError(self.spec.name) from None

    def stop(self) -> None:
        """End all environments; requests in progress fail."""
        with self._lock:
            self._stopped = True
            ending, self._all, self._idle = self._all, set(), []
        for environment in ending:
            environment.close()
        for environment in ending:
            environment.join()

    def _run(self, event: Any, request_id: str, outcome: Future[Any]) -> None:
        with self._slots:
            try:
                outcome.set_result(self._call(event, request_id))
            except BaseException as error:  # whoever waits for the outcome gets it
                outcome.set_exception(error)

    def _call(self, event: Any, request_id: str) -> Any:
        with self._lock:
            environment = self._idle.pop() if self._idle else None
        environment = environment or self._start()
        reply = environment.call(event, request_id)
        if reply is None:
            self._discard(environment)
            seconds = f"{self.spec.timeout_seconds:.2f}"
            reply = {
                "error": {"errorType": "Sandbox.Timedout", "errorMessage": f"Task timed out after {seconds} seconds"}
            }
        elif environment.ended:
            self._discard(environment)
        else:
            with self._lock:
                self._idle.append(environment)
        if "error" in reply:
            failed = FunctionError(self.spec.name, reply["error"])
            if not self._stopped:
                _log.warning("%s", failed)
            raise failed
        return reply["result"]

    def _start(self) -> _Environment:
        with self._lock:
            if self._stopped:
                raise FunctionError(self.spec.name, {"errorType": "Stopped", "errorMessage": "the stack is stopping"})
            environment = _Environment(self.spec)
            self._all.add(environment)
        return environment

    def _discard(self, environment: _Environment) -> None:
        with self._lock:
            self._all.discard(environment)
        environment.close()
        environment.join()


class _Environment:
    """One worker process and the socket to it."""

    def __init__(self, spec: FunctionSpec) -> None:
        self._spec = spec
        self._ready = False
        self.ended = False
        ours, theirs = socket.socketpair()
        with theirs:
            output = subprocess.DEVNULL if spec.log is None else spec.log
            self._process = subprocess.Popen(  # noqa: S603  # our own worker
                # Isolated, without site-packages: the bundle must bring everything. UTF-8 as on AWS, where LANG exists.
                [sys.executable, "-I", "-S", "-u", "-X", "utf8", str(_WORKER), str(theirs.fileno())],
                cwd=spec.code,
                env=spec.process_environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=[theirs.fileno()],
                process_group=0,
            )
        self._connection = Connection(ours.detach())

    def call(self, event: Any, request_id: str) -> dict[str, Any] | None:
        """The worker's reply, or None if it took too long."""
        try:
            if not self._ready and (failed := self._wait_until_ready()):
                return failed
            deadline = time.time() + self._spec.timeout_seconds
            message = {
                "event": event,
                "requestId": request_id,
                "deadline": deadline,
                "arn": self._spec.arn,
                "trace": f"Root=1-{int(deadline):08x}-{uuid.uuid4().hex[:24]};Sampled=0",
            }
            self._connection.send_bytes(json.dumps(message).encode())
            return self._receive(self._spec.timeout_seconds)
        except (EOFError, OSError):
            self.ended = True
            return {"error": {"errorType": "Runtime.ExitError", "errorMessage": "the runtime exited"}}

    def close(self) -> None:
        """Close the socket, at which the worker ends."""
        self._connection.close()

    def join(self) -> None:
        """Wait for the worker to end, and kill it if it does not."""
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _wait_until_ready(self) -> dict[str, Any] | None:
        reply = self._receive(INIT_SECONDS)
        if reply is None or "error" in reply:
            self.ended = True
            return reply
        self._ready = True
        return None

    def _receive(self, seconds: float) -> dict[str, Any] | None:
        if not self._connection.poll(seconds):
            return None
        reply: dict[str, Any] = json.loads(self._connection.recv_bytes())
        return reply


def stop_all(functions: Mapping[str, Function]) -> None:
    """Stop several functions at the same time."""
    threads = [threading.Thread(target=function.stop) for function in functions.values()]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def read_functions(
    recorded: Iterable[Mapping[str, Any]], code: Path, aws: Mapping[str, str], log: int | IO[bytes] | None = None
) -> dict[str, FunctionSpec]:
    """The functions a program declares, by name; `recorded` are inputs merged with outputs."""
    return {
        function["name"]: FunctionSpec(
            name=function["name"],
            arn=function["arn"],
            handler=function["handler"],
            code=code,
            timeout_seconds=float(function.get("timeout", 3)),
            memory_mb=function.get("memorySize", 128),
            environment={**aws, **function.get("environment", {}).get("variables", {})},
            log_group=function.get("loggingConfig", {}).get("logGroup", ""),
            log=log,
        )
        for function in recorded
    }
