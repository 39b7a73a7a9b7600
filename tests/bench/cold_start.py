"""How long each function takes to start, beside the least that its three libraries take, and what a request costs.

A cold start is paid by whoever sends the first request. Each function is started here as Lambda starts it: a process of
its own, out of the bundle, isolated from this environment, with the variables that the program declares. The measure to
compare with is a module that makes of powertools, boto3 and pydantic what every function makes of them, and nothing
else: packaged the same way, started the same way, in turn with the functions, so that what else runs on the machine
hits both alike. Figures are processor time, medians; ratios travel from machine to machine, milliseconds do not.

A request's own cost is what a warm function spends between event and answer while AWS answers at once: its calls are
recorded once and then answered from memory.
"""

from __future__ import annotations

import itertools
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from infra.stack.bundle import bundle
from tests.bench.report import Figure, microseconds, run
from tests.infra.handlers import RUNTIME
from tests.infra.program import gangway
from tests.security.account import START, Account, Gangway
from tests.support.proxy import LambdaContext, proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROUNDS = 7
BARE = """
import gc
gc.disable()
import boto3
from aws_lambda_powertools import Logger, Metrics
from botocore.config import Config
from pydantic import BaseModel, ConfigDict

class Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    table: str

logger, metrics = Logger(), Metrics()
settings = Settings.model_validate({"table": "table"})
session = boto3.session.Session()
clients = [session.client(name, config=Config(parameter_validation=False)) for name in CLIENTS]
gc.freeze()
gc.enable()
"""
"""What remains of a function without its own code; `CLIENTS` are those that it makes."""
CLIENTS = {
    "scim-api": ("dynamodb", "secretsmanager"),
    "admin-api": ("dynamodb", "secretsmanager", "kms", "lambda"),
    "change-relay": ("dynamodb", "events", "lambda"),
    "housekeeper": ("dynamodb", "events"),
    "token-compactor": ("dynamodb", "secretsmanager"),
    "webhook-dispatcher": ("dynamodb", "kms", "lambda"),
    "webhook-sender": (),
}
GOAL = 1.25
"""Times the bare libraries."""

USER = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
    "userName": "ada@example.com",
    "externalId": "00u1",
    "name": {"givenName": "Ada", "familyName": "Lovelace", "formatted": "Ada Lovelace"},
    "displayName": "Ada Lovelace",
    "active": True,
    "emails": [{"type": "work", "value": "ada@example.com", "primary": True}],
}
PATCH = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [{"op": "replace", "path": "active", "value": False}],
}
KNOWN = {"GET": 130.0, "POST": 177.0, "PATCH": 211.0}
"""Microseconds of the fastest prototype known, measured on this kind of machine."""


def figures() -> Iterator[Figure]:
    """Starts, then requests."""
    yield from _starts()
    yield from _requests()


def _starts() -> Iterator[Figure]:
    tree = bundle("host").tree
    functions = {f.name.removesuffix("-function"): f for f in gangway().all("lambda:Function")}
    with tempfile.TemporaryDirectory() as folder:
        for name, function in sorted(functions.items()):
            bare = Path(folder) / f"bare_{name.replace('-', '_')}.py"
            bare.write_text(f"CLIENTS = {CLIENTS[name]!r}\n{BARE}")
            own = f"import {function.inputs['handler'].rpartition('.')[0]}"
            others = f"import sys; sys.path.append({folder!r}); import {bare.stem}"
            environment = {**RUNTIME, **function.inputs["environment"]["variables"]}
            yield from _ratio(name, *_in_turn(tree, environment, own, others))


type Start = tuple[float, float]
"""Milliseconds of processor time, and megabytes of memory at most."""


def _in_turn(tree: Path, environment: dict[str, str], own: str, bare: str) -> tuple[list[Start], list[Start]]:
    starts: tuple[list[Start], list[Start]] = ([], [])
    for _ in range(ROUNDS):
        for code, into in ((own, starts[0]), (bare, starts[1])):
            into.append(_start(tree, environment, code))
    return starts


_PEAK = "print(next(line.split()[1] for line in open('/proc/self/status') if line.startswith('VmHWM')))"
"""What the process says of its memory itself: what the system says of a child includes what its parent had."""


def _start(tree: Path, environment: dict[str, str], code: str) -> Start:
    process = subprocess.Popen(
        [
            sys.executable,
            "-I",
            "-S",
            "-X",
            "utf8",
            "-c",
            f"import sys; sys.path.insert(0, {str(tree)!r}); {code}; {_PEAK}",
        ],
        env=environment,
        cwd=tree,
        stdout=subprocess.PIPE,
    )
    assert process.stdout
    with process.stdout as said:
        kilobytes = int(said.read())
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, f"{code} failed"
    return (usage.ru_utime + usage.ru_stime) * 1000, kilobytes / 1024


def _ratio(name: str, own: list[Start], bare: list[Start]) -> Iterator[Figure]:
    milliseconds = statistics.median(start[0] for start in own)
    floor = statistics.median(start[0] for start in bare)
    yield Figure(f"{name}: start", milliseconds, "ms", beside={"bare libraries": floor})
    yield Figure(f"{name}: start / bare libraries", milliseconds / floor, "x", goal=GOAL)
    yield Figure(f"{name}: memory after start", max(start[1] for start in own), "MB")


class Replaying:
    """An AWS client that answers each operation as it did before, in turn, in no time."""

    def __init__(self, client: Any) -> None:
        self.client, self.replaying = client, False
        self.answers: dict[str, list[Any]] = defaultdict(list)
        self.turns: dict[str, Iterator[Any]] = {}

    def replay(self) -> None:
        """Answer from memory from now on. By operation, since two that run side by side come in any order."""
        self.turns = {operation: itertools.cycle(answers) for operation, answers in self.answers.items()}
        self.replaying = True

    def remember(self) -> None:
        """Forget the answers and begin anew."""
        self.answers.clear()
        self.replaying = False

    def __getattr__(self, operation: str) -> Callable[..., Any]:
        if self.replaying:
            return lambda **_: next(self.turns[operation])
        method = getattr(self.client, operation)

        def remember(**parameters: Any) -> Any:
            answer = method(**parameters)
            self.answers[operation].append(answer)
            return answer

        return remember


class Unhurried(Account):
    """An account whose clock goes round in seven seconds: no limit of a second is reached, and nothing grows old."""

    def now(self, _clock: object = None) -> datetime:
        self.time = START if self.time > START + timedelta(seconds=5) else self.time + timedelta(seconds=1)
        return self.time


def _requests() -> Iterator[Figure]:
    account = Unhurried()
    account.dynamodb = client = Replaying(account.dynamodb)  # type: ignore[assignment]  # answers like one
    tenant = Gangway(account).tenant("acme")
    scim = tenant.gangway.handler("scim_api")
    user = tenant.create("/Users", {**USER, "userName": "first@example.com"})
    one = f"/scim/v2/acme/Users/{user['id']}"
    for method, url, body in (("GET", one, None), ("POST", "/scim/v2/acme/Users", USER), ("PATCH", one, PATCH)):
        headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {tenant.token}"}
        event = proxy_event(method, url, body, headers, request_id=account.request_id())
        client.remember()
        with account.installed():
            assert scim(event, LambdaContext())["statusCode"] < 300
            client.replay()
            spent = microseconds(partial(scim, event, LambdaContext()))
        note = f"{sum(map(len, client.answers.values()))} AWS calls"
        yield Figure(f"{method} of a user: own CPU", spent, "µs", goal=KNOWN[method], note=note)


if __name__ == "__main__":
    run("Cold starts and requests", figures)
