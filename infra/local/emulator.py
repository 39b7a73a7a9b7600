"""Starts the AWS emulator that a local stack lives on, and stops it.

The emulator is a child process, because both emulators keep their state in module globals and compete with the stack's
own threads for the interpreter. The parent binds the port and hands the listening socket down: no port can be lost to
another process in between, and a first call made too early simply waits in the socket's queue.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import threading
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self

import boto3
from botocore.config import Config

from infra.local.made_up import ACCOUNT, REGION

if TYPE_CHECKING:
    from types import TracebackType

REPOSITORY = Path(__file__).resolve().parents[2]
START_SECONDS = 30.0
STOP_SECONDS = 2.0


class Backend(StrEnum):
    """Which emulator plays AWS."""

    MOTO = "moto"
    MINISTACK = "ministack"


class EmulatorError(Exception):
    """The emulator did not start, or has ended; the message carries the end of what it wrote."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What local clients sign with. The secret is public: it opens nothing but this machine's emulator."""

    access_key_id: str = "AKIAGANGWAYLOCAL0001"
    secret_access_key: str = field(default="local-only-not-a-secret", repr=False)
    region: str = REGION

    def environment(self, endpoint: str) -> dict[str, str]:
        """The variables that point every AWS SDK at the emulator."""
        return {
            "AWS_ACCESS_KEY_ID": self.access_key_id,
            "AWS_SECRET_ACCESS_KEY": self.secret_access_key,
            "AWS_REGION": self.region,
            "AWS_DEFAULT_REGION": self.region,
            "AWS_ENDPOINT_URL": endpoint,
            # Emulators do not know the account-based host names newer SDKs send DynamoDB calls to.
            "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
            "AWS_EC2_METADATA_DISABLED": "true",
        }


class Emulator:
    """A running emulator; a context manager that stops it."""

    def __init__(self, backend: Backend, credentials: Credentials | None = None) -> None:
        self.backend = backend
        self.credentials = credentials or Credentials()
        self._session_lock = threading.Lock()
        self._session = boto3.Session(
            self.credentials.access_key_id,
            self.credentials.secret_access_key,
            region_name=self.credentials.region,
        )
        self._log: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115  # closed by stop()
        with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
            self.port: int = listener.getsockname()[1]
            self._process = subprocess.Popen(  # noqa: S603  # our own module
                [sys.executable, "-m", f"infra.local.{backend.value}_server", str(listener.fileno())],
                cwd=REPOSITORY,
                env=self._environment(),
                stdin=subprocess.PIPE,
                stdout=self._log,
                stderr=subprocess.STDOUT,
                pass_fds=[listener.fileno()],
                process_group=0,
            )

    @property
    def endpoint(self) -> str:
        """Base URL for AWS clients."""
        return f"http://127.0.0.1:{self.port}"

    def client(self, service: str) -> Any:
        """A boto3 client of the emulator, e.g. `client("dynamodb")`."""
        with self._session_lock:  # sessions are not safe to share while they make clients
            return self._session.client(
                service,  # type: ignore[call-overload]  # the stubs list every service by name
                endpoint_url=self.endpoint,
                config=Config(
                    account_id_endpoint_mode="disabled",
                    retries={"total_max_attempts": 1},
                    connect_timeout=2,
                    read_timeout=START_SECONDS,
                    max_pool_connections=32,
                ),
            )

    def check(self) -> None:
        """Raise EmulatorError if the process has ended."""
        if (status := self._process.poll()) is not None:
            self._log.seek(max(0, self._log.seek(0, os.SEEK_END) - 2000))
            raise EmulatorError(
                f"{self.backend} ended with status {status}:\n{self._log.read().decode(errors='replace')}"
            )

    def stop(self) -> None:
        """End the process; calling it again does nothing."""
        if self._process.stdin and not self._process.stdin.closed:
            self._process.stdin.close()
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._log.close()

    def __enter__(self) -> Self:
        """Nothing to do: it runs from the moment it is made."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the process."""
        self.stop()

    def _environment(self) -> dict[str, str]:
        inherited = {
            key: value
            for key, value in os.environ.items()
            if not key.startswith(("AWS_", "MOTO_", "MINISTACK_")) and key != "PYTHONDONTWRITEBYTECODE"
        }
        accounts = {"MOTO_ACCOUNT_ID": ACCOUNT, "MINISTACK_ACCOUNT_ID": ACCOUNT, "MINISTACK_REGION": REGION}
        return inherited | accounts | {"AWS_DEFAULT_REGION": REGION}
