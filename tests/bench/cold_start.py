"""How long each function takes to start, beside the least that its three libraries take, and what a request costs.

A cold start is paid by whoever sends the first request. Each function is started here as Lambda starts it: a process of
its own, out of the bundle, isolated from this environment, with the variables that the program declares. The measure to
compare with is a module that makes of powertools, boto3 and pydantic what every function makes of them, and nothing
else: packaged the same way, started the same way, in turn with the functions, so that what else runs on the machine
hits both alike. What is left for the first request is not hidden: where somebody waits for it, the processor time until
that is answered is shown as well, beside the bare libraries' until they have made one call of DynamoDB.

Figures are processor time, of several starts the least: whatever is above it is the machine's doing. Ratios travel from
machine to machine, milliseconds do not.

A request's own cost is what a warm function spends between event and answer while AWS answers at once: its calls are
recorded once and then answered from memory.
"""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
import tempfile
from collections import defaultdict
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gangway.access.token import compose, new_key_id, new_secret
from infra.stack.bundle import bundle
from tests.bench.report import Figure, microseconds, run
from tests.infra.handlers import RUNTIME
from tests.infra.program import gangway
from tests.security.account import START, Account, Gangway
from tests.support.proxy import LambdaContext, proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ROUNDS = 9
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

def handler(event, context):
    clients[0].batch_get_item(RequestItems={"table": {"Keys": [{"pk": {"S": "a"}, "sk": {"S": "b"}}]}})
"""
"""What remains of a function without its own code; `CLIENTS` are those that the function makes at start."""
STARTING = Path(__file__).with_name("starting.py")
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
            environment = {**RUNTIME, **function.inputs["environment"]["variables"]}
            own = partial(_start, [tree], function.inputs["handler"].rpartition(".")[0], environment, _first(name))
            bare = Path(folder) / f"bare_{name.replace('-', '_')}.py"
            bare.write_text(f"CLIENTS = {own()['clients']!r}\n{BARE}")
            others = partial(_start, [tree, folder], bare.stem, environment, _first(name))
            starts = [(own(), others()) for _ in range(ROUNDS)]
            yield from _figures(name, [own for own, _ in starts], [bare for _, bare in starts])


type Start = Mapping[str, Any]
"""What `starting.py` tells."""


def _first(function: str) -> dict[str, Any] | None:
    """The first request of a function that somebody waits for; refused at its end, for AWS knows of nothing here."""
    headers = {"Content-Type": "application/json"}
    match function:
        case "scim-api":
            token = compose("gangway", new_key_id("A" * 8), new_secret())
            return proxy_event("GET", "/scim/v2/acme/Users", None, headers | {"Authorization": f"Bearer {token}"})
        case "admin-api":
            principal = "arn:aws:iam::123456789012:user/operator"
            return proxy_event("GET", "/admin/v1/orgs/acme/tokens", None, headers, userArn=principal)
    return None


def _start(folders: list[Any], module: str, environment: dict[str, str], event: object) -> Start:
    command = [sys.executable, "-I", "-S", "-X", "utf8", str(STARTING), *map(str, folders), module, json.dumps(event)]
    done = subprocess.run(command, env=environment, cwd=folders[0], stdout=subprocess.PIPE, check=True)
    told: Start = json.loads(done.stdout.splitlines()[-1])
    return told


def _figures(name: str, own: list[Start], bare: list[Start]) -> Iterator[Figure]:
    start, floor = (min(each["start"] for each in starts) for starts in (own, bare))
    yield Figure(f"{name}: start", start, "ms", beside={"bare libraries": floor})
    yield Figure(f"{name}: start / bare libraries", start / floor, "x", goal=GOAL)
    if "answered" in own[0]:
        answered, floor = (min(each["answered"] for each in starts) for starts in (own, bare))
        note = "with areas of the admin API that it needs" if name == "admin-api" else ""
        yield Figure(f"{name}: until the first answer", answered, "ms", beside={"bare libraries": floor}, note=note)
        yield Figure(f"{name}: until the first answer / bare libraries", answered / floor, "x")
    memory, floor = (max(each["memory"] for each in starts) for starts in (own, bare))
    yield Figure(f"{name}: memory after start", memory, "MB", beside={"bare libraries": floor})


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
