"""What the SCIM language costs, beside scim2-models and pydantic in the same run, and a whole request of our own CPU.

Run it with `uv run python -m tests.bench.scim`, or with `--output json`. The goals are the best figures known when the
engine was designed, on another machine: filters and documents as a hand-written parser and pydantic do them, PATCH as
scim2-models does. `pydantic_user` is the same user by hand-written pydantic models, which check less than we do.
A request is one of API Gateway's events through the real API and directory; the table is a fake in memory whose time is
taken off, so that what is left is what we add to the calls of AWS.
"""

from __future__ import annotations

import contextlib
import io
import itertools
import json
import statistics
import time
from typing import TYPE_CHECKING, Any

from scim2_models import Context, EnterpriseUser, ListResponse, PatchOp, User
from scim2_models.path.filter import ScimFilter

from gangway.scim.dialect import Dialect
from gangway.scim.filter import Filter, parse_filter
from gangway.scim.filter.parser import parse
from gangway.scim.json_text import parse_json
from gangway.scim.limits import LIMITS
from gangway.scim.messages import list_response
from gangway.scim.patch import apply_patch, parse_patch
from gangway.scim.projection import Selection
from gangway.scim.resource import prepare
from tests.bench.pydantic_user import PydanticUser
from tests.bench.report import Figure, microseconds, run
from tests.fakes.dynamodb import FakeDynamoDB
from tests.http.fakes import REGISTRY
from tests.http.test_bulk_in_time import SlowTable, creations, seconds_for
from tests.http.whole import TABLE, whole_scim
from tests.support.proxy import proxy_event

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

USERS = REGISTRY.resource_types["User"]
MODEL = User[EnterpriseUser]
OTHERS = "scim2-models"
PYDANTIC = "pydantic"
_REQUESTS = itertools.count()

FILTER = (
    'userName eq "bjensen@example.com" and (emails[type eq "work" and value co "@example.com"] '
    'or urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department sw "Tour") and not (active eq false)'
)
BODY: dict[str, Any] = {
    "schemas": [
        "urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ],
    "externalId": "0a21f0f2-8d2a-4f8e-bf98-7363c4aed4ef",
    "userName": "bjensen@example.com",
    "active": True,
    "displayName": "Barbara Jensen",
    "name": {"formatted": "Barbara Jensen", "familyName": "Jensen", "givenName": "Barbara"},
    "title": "Tour Guide",
    "preferredLanguage": "en-US",
    "userType": "Employee",
    "emails": [{"primary": True, "type": "work", "value": "bjensen@example.com"}],
    "phoneNumbers": [
        {"type": "work", "value": "+1 201 555 0123"},
        {"type": "mobile", "value": "+1 201 555 0199"},
    ],
    "addresses": [
        {
            "type": "work",
            "streetAddress": "100 Universal City Plaza",
            "locality": "Hollywood",
            "region": "CA",
            "postalCode": "91608",
            "country": "US",
        }
    ],
    "roles": [{"value": "admin", "primary": True}],
    "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {
        "employeeNumber": "701984",
        "department": "Tour Operations",
        "manager": {
            "value": "26118915-6090-4610-87e4-49d8ca9f808d",
            "$ref": "../Users/26118915-6090-4610-87e4-49d8ca9f808d",
        },
    },
}
"""A user as Entra ID creates it; models insist on the `$ref` of a manager."""

PATCH: dict[str, Any] = {
    "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
    "Operations": [
        {"op": "replace", "path": "title", "value": "Vice President"},
        {"op": "replace", "path": 'emails[type eq "work"].value', "value": "barbara@example.com"},
        {
            "op": "add",
            "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            "value": "Executive",
        },
    ],
}
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def figures() -> Iterator[Figure]:
    """Everything, part by part."""
    yield from filters()
    yield from documents()
    yield from patches()
    yield from lists()
    yield from requests()
    yield from bulk()


def filters() -> Iterator[Figure]:
    """One filter with five comparisons."""
    user = full_resource(1)
    model = MODEL.model_validate(user)
    theirs = ScimFilter[MODEL](FILTER)
    ours = parse_filter(FILTER, Dialect()).bind(USERS)
    assert ours.matches(user)
    assert theirs.match(model)

    def read() -> object:
        dialect = Dialect()
        return Filter(parse(FILTER, dialect), dialect).bind(USERS)

    def asked_before() -> object:
        return parse_filter(FILTER, Dialect()).bind(USERS)

    yield Figure(
        "parse and bind a filter never seen",
        microseconds(read),
        "µs",
        beside={OTHERS: microseconds(lambda: ScimFilter[MODEL](FILTER))},
        note="5 comparisons; scim2-models keeps what it parsed",
    )
    yield Figure("the same filter again", microseconds(asked_before), "µs", goal=36)
    yield Figure(
        "evaluate it on a user",
        microseconds(lambda: ours.matches(user)),
        "µs",
        goal=3,
        beside={OTHERS: microseconds(lambda: theirs.match(model))},
    )
    usual = 'userName eq "bjensen@example.com"'
    simple = parse_filter(usual, Dialect()).bind(USERS)
    usual_models = ScimFilter[MODEL](usual)
    yield Figure(
        "parse and bind userName eq, never seen",
        microseconds(lambda: Filter(parse(usual, Dialect()), Dialect()).bind(USERS)),
        "µs",
        goal=36,
        beside={OTHERS: microseconds(lambda: ScimFilter[MODEL](usual))},
    )
    yield Figure(
        "evaluate userName eq on a user",
        microseconds(lambda: simple.matches(user)),
        "µs",
        goal=3,
        beside={OTHERS: microseconds(lambda: usual_models.match(model))},
    )


def documents() -> Iterator[Figure]:
    """The user that Entra ID creates, in and out."""
    text = json.dumps(BODY)
    yield Figure(
        "read its JSON text, strictly",
        microseconds(lambda: parse_json(text)),
        "µs",
        beside={"json": microseconds(lambda: json.loads(text))},
        note="duplicate and case-variant names, depth, surrogates refused",
    )
    yield Figure(
        "validate an Entra user",
        microseconds(lambda: prepare(BODY, USERS, Dialect())),
        "µs",
        goal=12,
        beside={
            OTHERS: microseconds(lambda: MODEL.model_validate(BODY, scim_ctx=Context.RESOURCE_CREATION_REQUEST)),
            PYDANTIC: microseconds(lambda: PydanticUser.model_validate(BODY)),
        },
    )
    sloppy = {**BODY, "active": "True", "emails": [BODY["emails"][0] | {"primary": "True"}]}
    yield Figure(
        "validate it with its booleans as texts",
        microseconds(lambda: prepare(sloppy, USERS, Dialect())),
        "µs",
        note="as Entra ID sends it without its flag; pydantic's strict booleans refuse it",
    )
    resource, selection = full_resource(1), Selection.parse(USERS)
    model, fields = MODEL.model_validate(resource), PydanticUser.model_validate(resource)
    yield Figure(
        "serialise it to what is answered",
        microseconds(lambda: selection.apply(resource)),
        "µs",
        goal=7,
        beside={
            OTHERS: microseconds(lambda: model.model_dump(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)),
            PYDANTIC: microseconds(lambda: fields.model_dump(by_alias=True, exclude_none=True)),
        },
        note="to JSON values; the text is written once for the whole answer",
    )
    yield Figure(
        "serialise it to JSON text",
        microseconds(lambda: _encode(selection.apply(resource))),
        "µs",
        beside={
            OTHERS: microseconds(lambda: model.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)),
            PYDANTIC: microseconds(lambda: fields.model_dump_json(by_alias=True, exclude_none=True)),
        },
    )


def patches() -> Iterator[Figure]:
    """Three operations, from the message to the representation."""
    document, resource, selection = prepare(BODY, USERS, Dialect()), full_resource(1), Selection.parse(USERS)

    def ours() -> object:
        dialect = Dialect()
        after = apply_patch(document, parse_patch(PATCH, dialect), USERS, dialect).document
        return selection.apply({**resource, **after})

    def theirs() -> object:
        patch = PatchOp[MODEL].model_validate(PATCH, scim_ctx=Context.RESOURCE_PATCH_REQUEST)
        model = MODEL.model_validate(resource)
        patch.patch(model)
        return model.model_dump(scim_ctx=Context.RESOURCE_PATCH_RESPONSE)

    yield Figure("PATCH with 3 operations", microseconds(ours), "µs", goal=2156, beside={OTHERS: microseconds(theirs)})


def lists() -> Iterator[Figure]:
    """A page of a hundred users, as text."""
    page, selection = [full_resource(number) for number in range(100)], Selection.parse(USERS)
    models = [MODEL.model_validate(user) for user in page]

    def theirs() -> object:
        answer = ListResponse[MODEL](total_results=100, items_per_page=100, start_index=1, resources=models)
        return answer.model_dump_json(scim_ctx=Context.RESOURCE_QUERY_RESPONSE)

    yield Figure(
        "a list of 100 users, as text",
        microseconds(lambda: _encode(list_response([selection.apply(user) for user in page], 100, start_index=1))),
        "µs",
        beside={OTHERS: microseconds(theirs)},
    )


def requests() -> Iterator[Figure]:
    """Whole requests through the real API and directory."""
    desk = RequestDesk()
    number = itertools.count()

    def another_user() -> str:
        return json.dumps(BODY | {"userName": f"user-{next(number)}@example.com", "externalId": None})

    def another_change() -> str:
        first = PATCH["Operations"][0] | {"value": f"Title {next(number)}"}
        return json.dumps(PATCH | {"Operations": [first, *PATCH["Operations"][1:]]})

    created = desk.send("POST", "/Users", json.dumps(BODY))
    path = f"/Users/{json.loads(created['body'])['id']}"
    reads_aside = "?excludedAttributes=groups"
    with_groups = "reads head and memberships at the same time, in two threads"
    yield Figure("GET a user without groups, own CPU", desk.own("GET", path + reads_aside), "µs", goal=130)
    yield Figure("GET a user, own CPU", desk.own("GET", path), "µs", goal=130, note=with_groups)
    yield Figure("POST a user, own CPU", desk.own("POST", "/Users", another_user), "µs", goal=177)
    without = desk.own("PATCH", path + reads_aside, another_change)
    yield Figure("PATCH a user without groups, own CPU", without, "µs", goal=211, note="3 operations")
    yield Figure("PATCH a user, own CPU", desk.own("PATCH", path, another_change), "µs", goal=211, note=with_groups)


def bulk() -> Iterator[Figure]:
    """The largest bulk request, by the clock on the wall."""
    table = SlowTable()
    with contextlib.redirect_stdout(io.StringIO()):
        seconds = seconds_for(table, creations(LIMITS.max_operations))
    note = f"10 ms for each of {table.calls} calls, up to {table.busiest} at a time"
    yield Figure("250 creations in one bulk request", seconds * 1000, "ms", goal=29_000, note=note)


class Untimed:
    """A client whose own CPU time is known, so that it can be taken off."""

    def __init__(self, client: Any) -> None:
        self._client = client
        self.seconds = 0.0

    def __getattr__(self, operation: str) -> Any:
        call = getattr(self._client, operation)

        def timed(**request: Any) -> Any:
            started = time.thread_time()
            try:
                return call(**request)
            finally:
                self.seconds += time.thread_time() - started

        return timed


class RequestDesk:
    """The SCIM API of one organization, with its directory in a table whose time does not count."""

    def __init__(self) -> None:
        self._table = Untimed(FakeDynamoDB(TABLE))
        self._scim = whole_scim(self._table)

    def send(self, method: str, path: str, body: str | None = None) -> dict[str, Any]:
        """Answer one request; a second later than the one before, so that none is one too many."""
        self._scim.clock.advance(1)
        with contextlib.redirect_stdout(io.StringIO()):
            answer = self._scim.api.handle(self._event(method, path, body), self._scim.context)
        assert answer["statusCode"] < 300, answer["body"]
        return answer

    def own(self, method: str, path: str, body: Callable[[], str] | None = None, rounds: int = 7) -> float:
        """Microseconds of CPU time of one request, without those of the table."""
        calls = 300
        samples = []
        for _ in range(rounds):
            events = [self._event(method, path, body() if body else None) for _ in range(calls)]
            self._table.seconds = 0.0
            with contextlib.redirect_stdout(io.StringIO()):
                started = time.process_time()
                for event in events:
                    self._scim.clock.advance(1)
                    answer = self._scim.api.handle(event, self._scim.context)
                spent = time.process_time() - started
            assert answer["statusCode"] < 300, answer["body"]
            samples.append((spent - self._table.seconds) / calls * 1e6)
        return statistics.median(samples)

    def _event(self, method: str, path: str, body: str | None) -> dict[str, Any]:
        headers = {"Content-Type": "application/scim+json", "Authorization": f"Bearer {self._scim.token}"}
        event = proxy_event(method, f"/scim/v2/acme{path}", body, headers)
        event["requestContext"]["requestId"] = f"request-{next(_REQUESTS)}"
        return event


def full_resource(number: int) -> dict[str, Any]:
    """The user of that number as the directory knows it, with what the server adds."""
    base = "https://scim.example.com/scim/v2/acme"
    meta = {
        "resourceType": "User",
        "created": "2026-01-31T12:00:00.000Z",
        "lastModified": "2026-02-28T12:00:00.000Z",
        "location": f"{base}/Users/user-{number}",
        "version": 'W/"3"',
    }
    return {**prepare(BODY, USERS, Dialect()), "id": f"user-{number}", "meta": meta}


if __name__ == "__main__":
    run("The SCIM language", figures)
