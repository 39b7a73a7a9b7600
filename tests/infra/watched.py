"""The deployed stack in this process, on an emulator, with every AWS call of its handlers written down.

The local stack runs handlers in processes of their own, out of reach; here they are imported, so that botocore can be
listened to. Everything else is the same: the program's own table and secrets, its gateway, its variables.
"""

import io
import json
import os
import threading
import time
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path as FilePath
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import botocore.client
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from infra.local import assembly
from infra.local.emulator import Backend, Emulator
from infra.local.functions import FunctionError, FunctionSpec, read_functions
from infra.local.made_up import REGION
from infra.local.materialise import Materialiser
from infra.local.recorder import Recording, record
from infra.local.server import Server
from infra.local.stream_events import scheduled_event
from tests.idp.replay import Answer, send
from tests.infra.handlers import Handler, imported
from tests.infra.permissions import Call
from tests.infra.program import CODE

type Calls = Mapping[str, Sequence[Call]]
"""By the function's short name."""

SESSIONS = {"isolation": "session"}
"""The deployed stack has every role there can be; without this option, calls in sessions are the function's own."""
NO_LIMIT = "1000000"
"""Requests a second: scenarios go as fast as they can."""

_real_call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]  # private, and the one way through


class Watch:
    """Writes down calls, by the function in whose name they are made.

    One function at a time: handlers use threads, so who calls cannot be told from the calling thread.
    """

    def __init__(self) -> None:
        self.calls: dict[str, list[Call]] = defaultdict(list)
        self.functions: Mapping[str, InThisProcess] = {}
        self.events: list[tuple[InThisProcess, Any]] = []
        self._sessions: dict[str, str] = {}
        self._function: str | None = None
        self._turn = threading.RLock()

    @contextmanager
    def on(self, function: str) -> Iterator[None]:
        with self._turn:
            before, self._function = self._function, function
            try:
                yield
            finally:
                self._function = before

    def install(self) -> Any:
        watch = self

        def listening(client: Any, operation: str, parameters: dict[str, Any]) -> Any:
            if watch._function is not None:
                service = client.meta.service_model.signing_name
                organization = watch._sessions.get(client._request_signer._credentials.access_key)
                watch.calls[watch._function].append(Call(service, operation, parameters, organization))
                if operation == "Invoke":
                    return watch.call_function(parameters)
            answer = _real_call(client, operation, parameters)
            if operation == "AssumeRole":
                (tag,) = parameters["Tags"]
                watch._sessions[answer["Credentials"]["AccessKeyId"]] = tag["Value"]
            return answer

        return patch.object(botocore.client.BaseClient, "_make_api_call", listening)

    def call_function(self, parameters: Mapping[str, Any]) -> dict[str, Any]:
        """Call a function for another one, in its thread; what is sent off as an event waits for `play_events`."""
        function = self.functions[parameters["FunctionName"].split(":function:")[-1].partition(":")[0]]
        event = json.loads(parameters["Payload"])
        if parameters.get("InvocationType") == "Event":
            self.events.append((function, event))
            return {"StatusCode": 202}
        return {"StatusCode": 200, "Payload": io.BytesIO(json.dumps(function.invoke(event)).encode())}

    def play_events(self) -> None:
        """Call the functions to which events were sent off."""
        while self.events:
            function, event = self.events.pop(0)
            function.invoke(event)


class InThisProcess:
    """A function that is called where the tests can watch it."""

    def __init__(self, spec: FunctionSpec, service: str, handler: Handler, watch: Watch) -> None:
        self.spec, self.service, self._handler, self._watch = spec, service, handler, watch

    def invoke(self, event: Any, *, request_id: str | None = None, wait: float | None = None) -> Any:
        del wait
        deadline = time.monotonic() + self.spec.timeout_seconds
        context = SimpleNamespace(
            aws_request_id=request_id or str(uuid.uuid4()),
            function_name=self.spec.name,
            invoked_function_arn=self.spec.arn,
            memory_limit_in_mb=self.spec.memory_mb,
            get_remaining_time_in_millis=lambda: int((deadline - time.monotonic()) * 1000),
        )
        with self._watch.on(self.service):
            try:
                return json.loads(json.dumps(self._handler(json.loads(json.dumps(event)), context)))
            except Exception as error:
                raise FunctionError(self.spec.name, {"errorType": type(error).__name__}) from error


@dataclass(frozen=True, slots=True)
class Organization:
    """An organization of the deployed stack, as its identity provider knows it."""

    name: str
    base_url: str
    token: str

    def send(self, method: str, path: str, body: object = None) -> Answer:
        """Make a SCIM request."""
        return send(self.base_url, self.token, {"method": method, "path": path, "body": body})

    def create(self, path: str, body: object) -> dict[str, Any]:
        """Create a resource and return it."""
        answer = self.send("POST", path, body)
        assert answer.status == 201, answer.body
        created: dict[str, Any] = json.loads(answer.body)
        return created


class Deployed:
    """The stack, answering on `base_url`.

    Attributes:
        functions: by short name.
        play_events: calls the functions to which others have sent off events.
    """

    def __init__(
        self,
        recording: Recording,
        base_url: str,
        functions: Mapping[str, InThisProcess],
        emulator: Emulator,
        play_events: Callable[[], None],
    ) -> None:
        self.recording, self.base_url, self.functions, self._emulator = recording, base_url, functions, emulator
        self.play_events = play_events

    def organization(self, name: str) -> Organization:
        """Create an organization with a token."""
        made = self.operate("POST", "/orgs", {"name": name})
        token = self.operate("POST", f"/orgs/{name}/tokens", {"label": "test"})["token"]
        return Organization(name, made["scimBaseUrl"], token)

    def operate(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """Make a signed request to the admin API."""
        data = json.dumps(body) if body is not None else None
        headers = {"Content-Type": "application/json"}
        request = AWSRequest(method, f"{self.base_url}/admin/v1{path}", headers=headers, data=data)
        who = self._emulator.credentials
        credentials = Credentials(who.access_key_id, who.secret_access_key)
        SigV4Auth(credentials, "execute-api", REGION).add_auth(request)
        answer = URLLib3Session().send(request.prepare())
        assert answer.status_code < 300, answer.content
        found: dict[str, Any] = json.loads(answer.content or "{}")
        return found

    def client(self, service: str) -> Any:
        """A client that looks behind the doors, unwatched."""
        return self._emulator.client(service)

    def ring(self, service: str, kind: str) -> Any:
        """Wake a stream consumer for every item of a kind that is there."""
        table = self._emulator.client("dynamodb")
        items = table.scan(TableName=self.recording.outputs["tableName"])["Items"]
        records = [_inserted(item, number) for number, item in enumerate(items) if item["k"]["S"] == kind]
        assert records, f"there is no {kind}"
        return self.functions[service].invoke({"Records": records})

    def sweep(self, service: str) -> Any:
        """Wake a stream consumer by its schedule."""
        return self.functions[service].invoke(scheduled_event("arn:aws:events:::rule/sweep", datetime.now(UTC)))


@contextmanager
def deployed() -> Iterator[tuple[Deployed, Calls]]:
    """Deploy the program and serve it; what its functions call grows meanwhile."""
    with ExitStack() as stack:
        server = Server(0)
        stack.callback(server.stop)
        # The emulator whose transactions cost the same however much the table holds.
        emulator = stack.enter_context(Emulator(Backend.MINISTACK))
        aws = emulator.credentials.environment(emulator.endpoint)
        # Handlers make some clients only when they need them.
        stack.enter_context(patch.dict(os.environ, aws))
        settings = {"codeArchive": CODE, "publicUrl": server.base_url, "rateLimit": NO_LIMIT, **SESSIONS}
        recording = record(settings, on_resource=Materialiser(emulator).answer)
        watch = Watch()
        functions = {f.service: f for f in _functions(recording, aws, watch)}
        by_name = watch.functions = {f.spec.name: f for f in functions.values()}
        server.start(assembly.make_gateway(recording, by_name, server.base_url, emulator.credentials))
        stack.enter_context(watch.install())
        yield Deployed(recording, server.base_url, functions, emulator, watch.play_events), watch.calls


def _functions(recording: Recording, aws: Mapping[str, str], watch: Watch) -> Iterator[InThisProcess]:
    recorded = [assembly.state(function) for function in recording.of_type("aws:lambda/function:Function")]
    for spec in read_functions(recorded, FilePath(CODE), aws).values():
        with imported(spec.handler, spec.environment) as handler:
            yield InThisProcess(spec, spec.environment["POWERTOOLS_SERVICE_NAME"], handler, watch)


def _inserted(item: Mapping[str, Any], number: int) -> dict[str, Any]:
    change = {
        "Keys": {"pk": item["pk"], "sk": item["sk"]},
        "NewImage": item,
        "SequenceNumber": f"{number:021}",
        "ApproximateCreationDateTime": int(time.time()),
    }
    return {"eventName": "INSERT", "eventSource": "aws:dynamodb", "awsRegion": REGION, "dynamodb": change}
