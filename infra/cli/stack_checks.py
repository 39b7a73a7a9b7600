"""The assumptions about AWS of `docs/aws-assumptions.md` that requests from outside can settle.

A check has the ids of the rows it settles and a generator of problems; it sends requests as a client would, with no
client library in between, because what is looked at is what the gateway itself does to them. `X-Request-Id` tells who
answered: the functions set it, the gateway never does. Everything else on the page is in `stack_by_hand`.
"""

from __future__ import annotations

import http.client
import json
import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.cli.admin import path
from infra.cli.errors import CliError
from infra.cli.probes import ERROR, PREFIX, USER
from infra.cli.scim_client import MEDIA_TYPE, TIMEOUT_SECONDS, Answer, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.cli.admin import AdminClient

CHALLENGE = 'Bearer realm="gangway"'
WRONG = "Bearer x"
SIZES = (7_000_000, 10_600_000)
"""Bytes of body: more than Lambda takes, and more than API Gateway takes."""


@dataclass(frozen=True, slots=True)
class Doors:
    """The deployed APIs, as a client meets them.

    Attributes:
        stage_url: in front of `/scim/v2`.
        org: the organization asked; one that does not exist will do where no token is needed.
        admin: the admin API's client, which signs.
        token: a live token of the organization; None: there is none.
        extra: user attributes that the organization requires.
    """

    stage_url: str
    org: str
    admin: AdminClient
    token: str | None = field(default=None, repr=False)
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def bearer(self) -> str:
        """The live token as a header's value."""
        return f"Bearer {self.token}"

    def scim(self, method: str, below: str, authorization: str | None = WRONG, body: bytes | None = None) -> Answer:
        """Send a request below the organization's base URL; None leaves `Authorization` out."""
        return _send(method, f"{self.stage_url}/scim/v2{path(self.org)}{below}", authorization, body)

    def stage(self, below: str) -> Answer:
        """Read a path of the stage."""
        return _send("GET", self.stage_url + below, WRONG)

    def unsigned(self, below: str) -> Answer:
        """Read a path of the admin API without a signature."""
        return _send("GET", self.admin.target.admin_url + below, None)


@dataclass(frozen=True, slots=True)
class Check:
    """Something that must be so.

    Attributes:
        rows: ids of the page's rows.
        name: what must be so.
        problems: asks, and gives what is not so.
        needs_token: whether it asks with a live token.
    """

    rows: tuple[str, ...]
    name: str
    problems: Callable[[Doors], Iterator[str]]
    needs_token: bool = False


def no_header(doors: Doors) -> Iterator[str]:
    """G1."""
    yield from _challenged(doors.scim("GET", "/Users", None))


def empty_header(doors: Doors) -> Iterator[str]:
    """G2."""
    yield from _challenged(doors.scim("GET", "/Users", ""))


def own_status_and_type(doors: Doors) -> Iterator[str]:
    """G3."""
    for asked, answer in (("no token", doors.scim("GET", "/Users", None)), ("/nowhere", doors.stage("/nowhere"))):
        yield from _about(asked, _scim_error(answer))


def closed_paths(doors: Doors) -> Iterator[str]:
    """G4."""
    for below in ("/nowhere", "/scim", "/"):
        answer = doors.stage(below)
        yield from _about(below, [*_status(answer, 404), *_by_gateway(answer), *_scim_error(answer)])


def every_method(doors: Doors) -> Iterator[str]:
    """G6, as far as it can be seen without a token."""
    for method in ("GET", "HEAD", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"):
        answer = doors.scim(method, "/Users")
        yield from _about(method, [*_status(answer, 401), *_by_function(answer)])


def statuses_unchanged(doors: Doors) -> Iterator[str]:
    """G6, the function's own refusals."""
    for method, below, status in (("PUT", "/Users", 405), ("GET", "/Nowhere", 404), ("OPTIONS", "/Users", 204)):
        answer = doors.scim(method, below, doors.bearer)
        yield from _about(f"{method} {below}", [*_status(answer, status), *_by_function(answer)])
        if method == "PUT" and "allow" not in answer.headers:
            yield "PUT /Users: Allow is missing"


def renamed_challenge(doors: Doors) -> Iterator[str]:
    """G7."""
    headers = doors.scim("GET", "/Users").headers
    if not headers.get("x-amzn-remapped-www-authenticate", "").startswith(CHALLENGE):
        yield "x-amzn-Remapped-WWW-Authenticate must hold the function's challenge"
    if "www-authenticate" in headers:
        yield "WWW-Authenticate arrives by its own name: the local gateway is wrong"


def signed_only(doors: Doors) -> Iterator[str]:
    """G9, for the caller's own account."""
    yield from _about("unsigned", _status(doors.unsigned("/orgs"), 403))
    try:
        doors.admin.get("/orgs", limit=1)
    except CliError as error:
        yield f"signed: {error}"


def too_large(doors: Doors) -> Iterator[str]:
    """G11."""
    for size in SIZES:
        asked = f"{size / 1_000_000:.1f} MB"
        try:
            answer = doors.scim("POST", "/Users", WRONG, bytes(size))
        except UnreachableError as error:
            yield f"{asked}: the connection ended without an answer ({error})"
        else:
            yield from _about(asked, [*_status(answer, 413), *_scim_error(answer)])


def functions_answer(doors: Doors) -> Iterator[str]:
    """L9: both functions behind an API import their code."""
    yield from _about("scim-api", _by_function(doors.scim("GET", "/Users")))
    try:
        doors.admin.get("/orgs", limit=1)
    except CliError as error:
        yield f"admin-api: {error}"


def minted_token_opens(doors: Doors) -> Iterator[str]:
    """L2, L11 and L13: that there is a token at all says that its hash was written."""
    yield from _status(doors.scim("GET", "/ServiceProviderConfig", doors.bearer), 200)


def table_takes_and_gives(doors: Doors) -> Iterator[str]:
    """L1 and L12: a user is written, read and deleted."""
    user = {"schemas": [USER], "userName": f"{PREFIX}{secrets.token_hex(6)}@example.com", **doors.extra}
    created = doors.scim("POST", "/Users", doors.bearer, json.dumps(user).encode())
    yield from _about("POST /Users", _status(created, 201))
    if isinstance(created.body, dict) and created.status == 201:
        one = "/Users" + path(str(created.body.get("id")))
        yield from _about("GET it", _status(doors.scim("GET", one, doors.bearer), 200))
        yield from _about("DELETE it", _status(doors.scim("DELETE", one, doors.bearer), 204))


CHECKS = (
    Check(("G1",), "the gateway itself refuses a request without a token", no_header),
    Check(("G2",), "an empty Authorization is none", empty_header),
    Check(("G3",), "the gateway's own answers have the declared status and type", own_status_and_type),
    Check(("G4",), "paths without a door are SCIM errors", closed_paths),
    Check(("G6",), "every method reaches the function", every_method),
    Check(("G7",), "the function's challenge is renamed", renamed_challenge),
    Check(("G9",), "the admin API takes signed requests only", signed_only),
    Check(("G11",), "too large a body is refused for good", too_large),
    Check(("L9",), "the functions load their code", functions_answer),
    Check(("G6",), "the function's own refusals arrive unchanged", statuses_unchanged, needs_token=True),
    Check(("L2", "L11", "L13"), "a token that was just minted opens", minted_token_opens, needs_token=True),
    Check(("L1", "L12"), "the table takes, gives and forgets a user", table_takes_and_gives, needs_token=True),
)


def _send(method: str, url: str, authorization: str | None, body: bytes | None = None) -> Answer:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=TIMEOUT_SECONDS)
    headers = {"Accept": MEDIA_TYPE} | ({} if authorization is None else {"Authorization": authorization})
    headers |= {} if body is None else {"Content-Type": MEDIA_TYPE}
    try:
        connection.request(method, parts.path, body, headers)
        response = connection.getresponse()
        text = response.read().decode("utf-8", "replace")
    except (OSError, http.client.HTTPException) as error:
        raise UnreachableError(type(error).__name__) from error
    finally:
        connection.close()
    try:
        parsed = json.loads(text)
    except ValueError:
        parsed = None
    return Answer(response.status, {name.lower(): value for name, value in response.getheaders()}, text, parsed)


def _about(asked: str, problems: Iterator[str] | list[str]) -> Iterator[str]:
    return (f"{asked}: {problem}" for problem in problems)


def _status(answer: Answer, status: int) -> Iterator[str]:
    if answer.status != status:
        yield f"the status must be {status}, not {answer.status}"


def _by_function(answer: Answer) -> Iterator[str]:
    if "x-request-id" not in answer.headers:
        yield "the function must answer, not the gateway"


def _by_gateway(answer: Answer) -> Iterator[str]:
    if "x-request-id" in answer.headers:
        yield "the gateway must answer, not the function"


def _scim_error(answer: Answer) -> Iterator[str]:
    if answer.headers.get("content-type", "").split(";")[0].strip() != MEDIA_TYPE:
        yield f"the Content-Type must be {MEDIA_TYPE}"
    body = answer.body if isinstance(answer.body, dict) else {}
    if ERROR not in body.get("schemas", ()) or body.get("status") != str(answer.status):
        yield f"the body must be a SCIM Error with status {answer.status}"


def _challenged(answer: Answer) -> Iterator[str]:
    yield from _status(answer, 401)
    yield from _by_gateway(answer)
    yield from _scim_error(answer)
    if answer.headers.get("www-authenticate") != CHALLENGE:
        yield f"WWW-Authenticate must be {CHALLENGE}"
