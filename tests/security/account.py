"""An AWS account in memory with Gangway in it: the real handlers, as many running functions of each as a test wants.

Handlers are imported as Lambda imports them, so their wiring is what is tested; only the clients of AWS, the clock and
the sources of randomness are ours. All of them are deterministic, so that two runs can be compared byte for byte: the
same request with the same number makes the same ids at the same time, in any account.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import importlib
import io
import json
import os
import random
import secrets
import sys
import time
import uuid
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from gangway.clock import SystemClock
from gangway.storage import aws
from tests.fakes.dynamodb import FakeDynamoDB
from tests.fakes.iam import FakeSts, Guarded
from tests.fakes.secrets_manager import FakeSecretsManager
from tests.infra.program import gangway
from tests.support.proxy import LambdaContext, Reply, proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from tests.infra.program import Program

type Handler = Callable[[Mapping[str, Any], Any], Any]

PUBLIC_URL = "https://scim.example.com"
OPERATOR = "arn:aws:iam::123456789012:user/operator"
SCIM = "application/scim+json"
START = datetime(2026, 3, 1, 12, tzinfo=UTC)


def declared(isolation: str = "guard") -> Program:
    """The program that deploys the account; with few secrets, so that organizations share them."""
    return gangway(publicUrl=PUBLIC_URL, tokenShards="2", isolation=isolation)


@functools.cache
def variables_of(function: str, isolation: str = "guard") -> Mapping[str, str]:
    """What the program puts into the environment of a function."""
    functions = declared(isolation).all("lambda:Function")
    (found,) = (each for each in functions if each.inputs["handler"] == f"handlers.{function}.handler")
    variables: dict[str, str] = found.inputs["environment"]["variables"]
    return variables


def secret_names() -> list[str]:
    """The secrets that the program creates for token hashes."""
    prefix = variables_of("scim_api")["GANGWAY_TOKEN_SECRETS"]
    names = (str(secret.inputs["name"]) for secret in declared().all("secretsmanager:Secret"))
    return [name for name in names if name.startswith(prefix)]


class FakeEventBus:
    """Keeps what is put on it."""

    def __init__(self) -> None:
        self.entries: list[dict[str, Any]] = []

    def put_events(self, **request: Any) -> dict[str, Any]:
        entries: list[dict[str, Any]] = request["Entries"]
        self.entries += entries
        return {"FailedEntryCount": 0, "Entries": [{"EventId": str(n)} for n, _ in enumerate(entries)]}


class FakeFunctions:
    """Keeps what other functions of the stack were called with; nothing runs."""

    def __init__(self) -> None:
        self.invoked: list[dict[str, Any]] = []

    def invoke(self, **request: Any) -> dict[str, Any]:
        self.invoked.append(request)
        return {"StatusCode": 202}


@dataclass
class Account:
    """The account: one table, the vault's secrets, the event bus, a clock, and what functions printed.

    With `isolation` "session", IAM stands in front of the table, for the SCIM function and for the sessions it takes.
    """

    dynamodb: FakeDynamoDB = field(default_factory=lambda: FakeDynamoDB(variables_of("scim_api")["GANGWAY_TABLE"]))
    secrets: FakeSecretsManager = field(default_factory=lambda: FakeSecretsManager(secret_names()))
    bus: FakeEventBus = field(default_factory=FakeEventBus)
    functions: FakeFunctions = field(default_factory=FakeFunctions)
    time: datetime = START
    printed: io.StringIO = field(default_factory=io.StringIO)
    requests: int = 0
    isolation: str = "guard"
    _installed: bool = False

    def __post_init__(self) -> None:
        self.sts = FakeSts(declared(self.isolation), self.now)

    def now(self, _clock: object = None) -> datetime:
        return self.time

    def advance(self, **duration: float) -> None:
        """Move the clock; arguments as for `timedelta`."""
        self.time += timedelta(**duration)

    @contextlib.contextmanager
    def installed(self) -> Iterator[None]:
        """Let the clients, the clock and the standard output of handlers be this account's; within itself, nothing."""
        if self._installed:
            yield
            return
        with contextlib.ExitStack() as stack:
            stack.enter_context(patch.object(self, "_installed", True))
            stack.enter_context(patch.object(aws, "dynamodb", lambda: self.dynamodb))
            stack.enter_context(patch.object(aws, "dynamodb_as", self.sts.client(self.dynamodb)))
            stack.enter_context(patch.object(aws, "security_tokens", lambda: self.sts))
            stack.enter_context(patch.object(aws, "secrets_manager", lambda: self.secrets))
            stack.enter_context(patch.object(aws, "events", lambda: self.bus))
            stack.enter_context(patch.object(aws, "functions", lambda: self.functions))
            stack.enter_context(patch.object(aws, "key_management", object))  # nothing here is signed
            stack.enter_context(patch.object(SystemClock, "now", self.now))
            stack.enter_context(contextlib.redirect_stdout(self.printed))
            yield

    def function(self, name: str) -> Handler:
        """A cold function: its handler, freshly imported, with a memory of its own."""
        handler: Handler = self.module(name).handler
        return handler

    def module(self, name: str) -> Any:
        """The module of a cold function, for use cases that no request reaches."""
        module = f"handlers.{name}"
        before = sys.modules.pop(module, None)
        own = {key: value for key, value in os.environ.items() if not key.startswith("GANGWAY_")}
        variables = {**own, **variables_of(name, self.isolation)}
        try:
            with self.installed(), self._rights_of(name), patch.dict(os.environ, variables, clear=True):
                return importlib.import_module(module)
        finally:
            sys.modules.pop(module, None)
            if before is not None:
                sys.modules[module] = before
            gc.unfreeze()  # right in Lambda, where a function is imported once; a leak here

    @contextlib.contextmanager
    def _rights_of(self, name: str) -> Iterator[None]:
        """Let a function that takes sessions make its clients with the rights of its own role."""
        if name != "scim_api" or self.isolation == "guard":
            yield
            return
        own = Guarded(self.dynamodb, "dynamodb", declared(self.isolation), "scim-api")
        with patch.object(aws, "dynamodb", lambda: own):
            yield

    def lines(self) -> list[dict[str, Any]]:
        """The log lines so far; every line must be a JSON object."""
        return [json.loads(line) for line in self.printed.getvalue().splitlines()]

    def request_id(self) -> str:
        """As API Gateway gives every request one of its own."""
        self.requests += 1
        return f"00000000-0000-4000-8000-{self.requests:012d}"


class Gangway:
    """Gangway in an account: one warm function each, and shorthands for requests."""

    def __init__(self, account: Account | None = None) -> None:
        self.account = account or Account()
        self._functions: dict[str, Handler] = {}

    def handler(self, name: str) -> Handler:
        """The warm function of that name; it starts at its first use."""
        if name not in self._functions:
            self._functions[name] = self.account.function(name)
        return self._functions[name]

    def send(
        self,
        token: str | None,
        method: str,
        url: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        handler: Handler | None = None,
        **identity: str,
    ) -> Reply:
        """Send a request to the SCIM API; `body` is sent as it is if it is text, else as JSON."""
        given = {"Content-Type": SCIM, **(headers or {})}
        if token is not None:
            given.setdefault("Authorization", f"Bearer {token}")
        return self.deliver(handler or self.handler("scim_api"), self._event(method, url, body, given, identity))

    def administer(self, method: str, path: str, body: Any = None, *, actor: str | None = OPERATOR) -> Reply:
        """Send a request to the admin API, signed by `actor`."""
        identity = {"userArn": actor} if actor else {}
        event = self._event(method, f"/admin/v1{path}", body, {"Content-Type": "application/json"}, identity)
        return self.deliver(self.handler("admin_api"), event)

    def _event(
        self, method: str, url: str, body: Any, headers: Mapping[str, str | list[str]], identity: Mapping[str, str]
    ) -> dict[str, Any]:
        return proxy_event(method, url, body, headers, request_id=self.account.request_id(), **identity)

    def deliver(self, handler: Handler, event: Mapping[str, Any]) -> Reply:
        """Invoke a function with a proxy event."""
        with self.account.installed():
            return Reply(handler(event, LambdaContext()))

    def sweep(self) -> None:
        """Let relay and housekeeper go round, as their schedules make them."""
        with self.account.installed():
            for name in ("housekeeper", "change_relay"):
                self.handler(name)({"source": "aws.events", "detail": {}}, LambdaContext())

    def organization(self, name: str, **settings: Any) -> str:
        """Create an organization; returns its id."""
        answer = self.administer("POST", "/orgs", {"name": name, **settings})
        assert answer.status == 201, answer.text
        return str(answer.json()["id"])

    def mint(self, name: str, label: str = "test", **wanted: Any) -> str:
        """Mint a token for an organization; returns its text."""
        answer = self.administer("POST", f"/orgs/{name}/tokens", {"label": label, **wanted})
        assert answer.status == 201, answer.text
        return str(answer.json()["token"])

    def tenant(self, name: str, **settings: Any) -> Tenant:
        """Create an organization with a token."""
        return Tenant(self, name, self.organization(name, **settings), self.mint(name))


@dataclass
class Tenant:
    """One organization and a client of its directory."""

    gangway: Gangway
    name: str
    id: str
    token: str

    def send(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        """Send a request below the organization's base URL."""
        return self.gangway.send(self.token, method, f"/scim/v2/{self.name}{path}", body, **more)

    def create(self, path: str, body: Any) -> dict[str, Any]:
        """Create a resource that must not exist yet."""
        answer = self.send("POST", path, body)
        assert answer.status == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created


@contextlib.contextmanager
def determined(seed: int, tickets: str = "") -> Iterator[None]:
    """Make everything the same every time that is not: ids, tokens, jitter, durations.

    `tickets` tells apart whose UUIDs are drawn: they make requests to AWS idempotent, and two clients that drew
    the same ones would be taken for one.
    """
    source, tickets_of = random.Random(seed), random.Random(f"{tickets}{seed}")
    with contextlib.ExitStack() as stack:
        stack.enter_context(patch.object(secrets, "randbits", source.getrandbits))
        stack.enter_context(patch.object(secrets, "choice", source.choice))
        stack.enter_context(patch.object(secrets, "token_hex", lambda size=32: source.randbytes(size).hex()))
        stack.enter_context(patch.object(uuid, "uuid4", lambda: uuid.UUID(int=tickets_of.getrandbits(128), version=4)))
        stack.enter_context(patch.object(time, "perf_counter", lambda: 0.0))
        state = random.getstate()
        random.seed(seed)
        try:
            yield
        finally:
            random.setstate(state)
