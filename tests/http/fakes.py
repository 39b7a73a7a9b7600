"""A directory that remembers what it was asked, behind the API that asks it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gangway.access.authentication import Authenticator
from gangway.access.organization import Organization
from gangway.access.rate_limit import RateLimit
from gangway.access.tokens import Tokens
from gangway.diagnosis.recorder import FailureRecorder
from gangway.directory.representation import Answer
from gangway.http.failure_log import FailureLog
from gangway.http.scim_api import ScimApi
from gangway.scim.messages import list_response
from gangway.scim.schema import load_registry
from tests.access.fakes import ME, NOON, MemoryHashes, MemoryRecords, SettableClock
from tests.diagnosis.fakes import MemoryFailures
from tests.support.proxy import LambdaContext, Reply, proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.access.token import Scope
    from gangway.directory.context import RequestContext

REGISTRY = load_registry()
SCIM = "application/scim+json"


class RecordingDirectory:
    """Stands for `Directory` and `Resources` at once."""

    def __init__(self) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self.contexts: list[RequestContext] = []
        self.answer: Callable[..., Answer] | None = None
        self.type = ""

    def opened(self, context: RequestContext) -> RecordingDirectory:
        self.contexts.append(context)
        return self

    def of(self, resource_type: str) -> RecordingDirectory:
        self.type = resource_type
        return self

    def _done(self, status: int, *asked: Any) -> Answer:
        self.asked.append((self.type, *asked))
        if self.answer is not None:
            return self.answer(*asked)
        location = f"{self.contexts[-1].base_url}/{self.type}s/1"
        return Answer(status, None if status == 204 else {"id": "1"}, 'W/"1"', location)

    def create(self, body: object, _selection: object) -> Answer:
        return self._done(201, "create", body)

    def read(self, resource_id: str, _selection: object, if_none_match: str | None) -> Answer:
        return self._done(200, "read", resource_id, if_none_match)

    def replace(self, resource_id: str, body: object, _selection: object, if_match: str | None) -> Answer:
        return self._done(200, "replace", resource_id, body, if_match)

    def patch(
        self, resource_id: str, body: object, _selection: object, if_match: str | None, *, attributes_asked: bool
    ) -> Answer:
        return self._done(200, "patch", resource_id, body, if_match, attributes_asked)

    def delete(self, resource_id: str, if_match: str | None) -> Answer:
        return self._done(204, "delete", resource_id, if_match)

    def search(self, request: object) -> dict[str, Any]:
        self.asked.append((self.type, "search", request))
        return list_response([], 0, start_index=1)


@dataclass
class Scim:
    """The SCIM API of one organization, `acme`, over a recording directory."""

    public_url: str | None = "https://scim.example.com"
    scopes: tuple[Scope, ...] = ()
    records: MemoryRecords = field(default_factory=MemoryRecords)
    hashes: MemoryHashes = field(default_factory=MemoryHashes)
    clock: SettableClock = field(default_factory=SettableClock)
    directory: RecordingDirectory = field(default_factory=RecordingDirectory)
    failures: MemoryFailures = field(default_factory=MemoryFailures)
    context: LambdaContext = field(default_factory=LambdaContext)
    strict: bool = False

    def __post_init__(self) -> None:
        self.acme = Organization("AAAAAAAA", "acme", "Acme", NOON, provider="onelogin", strict=self.strict)
        self.records.add_organization(self.acme)
        tokens = Tokens(self.records, self.hashes, self.clock, token_prefix="gangway")
        self.token = tokens.mint(self.acme, label="", by=ME, scopes=self.scopes).token
        self.api = ScimApi(
            registry=REGISTRY,
            authenticator=Authenticator(self.records, self.hashes, self.clock, token_prefix="gangway"),
            rate_limit=RateLimit(self.records, self.clock, requests_per_second=50),
            open_directory=self.directory.opened,  # type: ignore[arg-type] # stands for a Directory
            failures=FailureLog(lambda: FailureRecorder(self.failures, self.clock)),
            public_url=self.public_url,
        )
        self.records.calls.clear()

    def send(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        headers: Mapping[str, str] | None = None,
        authorization: str | None = "",
        door: str = "/scim/v2/acme",
    ) -> Reply:
        """Send a request with acme's token, another `Authorization`, or none (None)."""
        given = {"Content-Type": SCIM, **(headers or {})}
        if authorization is not None:
            given["Authorization"] = authorization or f"Bearer {self.token}"
        return Reply(self.api.handle(proxy_event(method, door + path, body, given), self.context))
