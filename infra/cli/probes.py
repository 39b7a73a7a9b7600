"""What JumpCloud, Entra ID and Okta try when an administrator presses their test button, and in the minutes after.

Each probe is a generator: it sends a request, yields the step with everything that its provider would not put up with,
and goes on with what it learned. What is asked for is in `docs/idp`; a step that fails names the request, what came and
what the provider needs. What they create has names that begin with `gangway-doctor-`, and is deleted however they end.
"""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from infra.cli.scim_client import MEDIA_TYPE, UnreachableError

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Mapping

    from infra.cli.scim_client import Answer, ScimClient

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH_OP = "urn:ietf:params:scim:api:messages:2.0:PatchOp"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
PREFIX = "gangway-doctor-"

type Probe = Callable[[ScimClient, Mapping[str, Any]], Generator[Step]]


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a provider, and what was wrong with the answer; nothing, if it is fine.

    Attributes:
        provider: who asks like that.
        name: what it wants to know.
        request: method and path.
        status: what came.
        problems: what the provider would not put up with.
    """

    provider: str
    name: str
    request: str
    status: int
    problems: tuple[str, ...]


def jumpcloud(client: ScimClient, extra: Mapping[str, Any]) -> Generator[Step]:
    """Test Connection: a user and a group come, change and go."""
    with _Asking("JumpCloud", client) as ask:
        name = _unused_name()
        yield ask("looks for the test user", "GET", "/Users", [_is_empty_list], filter=f'userName eq "{name}"')
        user = {"schemas": [USER], "userName": name, "active": True, "name": _NAME, "emails": _work(name), **extra}
        yield ask("creates the test user", "POST", "/Users", [_is(201), _has_text_id, _echoes("userName", name)], user)
        user_id = ask.id
        whole = {**user, "id": user_id, "addresses": [], "phoneNumbers": []}
        yield ask(
            "replaces it, with empty lists", "PUT", f"/Users/{user_id}", [_is(200), _echoes("id", user_id)], whole
        )
        off = {**whole, "active": False}
        yield ask("deactivates it", "PUT", f"/Users/{user_id}", [_is(200), _echoes("active", False)], off)
        label = f"{PREFIX}{secrets.token_hex(4)}"
        yield ask("looks for the test group", "GET", "/Groups", [_is_empty_list], filter=f'displayName eq "{label}"')
        group = {"schemas": [GROUP], "displayName": label, "members": [{"value": user_id}]}
        yield ask("creates the test group", "POST", "/Groups", [_is(201), _has_text_id], group)
        group_id = ask.id
        rename = _patch({"op": "replace", "value": {"displayName": f"{label}-2"}})
        yield ask("renames the group", "PATCH", f"/Groups/{group_id}", [_is(200, 204)], rename)
        yield ask("deletes the group", "DELETE", f"/Groups/{group_id}", [_is(200, 204)])
        yield ask("deletes the user", "DELETE", f"/Users/{user_id}", [_is(200, 204)])


def entra(client: ScimClient, extra: Mapping[str, Any]) -> Generator[Step]:
    """Test Connection, then one user and one group, in both styles of its requests."""
    with _Asking("Entra ID", client) as ask:
        nobody = f"{secrets.token_hex(4)}-{secrets.token_hex(2)}"
        yield ask(
            "tests with a user who cannot be", "GET", "/Users", [_is_empty_list], filter=f'userName eq "{nobody}"'
        )
        group = f'displayName eq "{nobody}"'
        keeps = "keeps the connection alive"
        yield ask(keeps, "GET", "/Groups", [_is_empty_list], excludedAttributes="members", filter=group)
        name = _unused_name()
        user = {
            "schemas": [USER],
            "userName": name,
            "externalId": nobody,
            "active": True,
            "emails": _work(name),
            "meta": {"resourceType": "User"},
            "name": {"formatted": "Gangway Doctor", **_NAME},
            "roles": [],
            **extra,
        }
        yield ask("creates a user", "POST", "/Users", [_is(201), _has_text_id], user)
        user_id = ask.id
        change = _patch({"op": "Add", "path": 'phoneNumbers[type eq "work"].value', "value": "+49 30 1"})
        yield ask("adds through a value path", "PATCH", f"/Users/{user_id}", [_is(200, 204)], change)
        off = _patch({"op": "Replace", "path": "active", "value": "False"})
        yield ask("disables by text", "PATCH", f"/Users/{user_id}", [_is(200, 204)], off)
        checks = [_is(200), _echoes("active", False), _has_value("phoneNumbers")]
        yield ask("reads what it wrote", "GET", f"/Users/{user_id}", checks)
        label = f"{PREFIX}{secrets.token_hex(4)}"
        yield ask(
            "creates a group", "POST", "/Groups", [_is(201), _has_text_id], {"schemas": [GROUP], "displayName": label}
        )
        group_id = ask.id
        add = _patch({"op": "Add", "path": "members", "value": [{"value": user_id}]})
        yield ask("adds a member", "PATCH", f"/Groups/{group_id}", [_is(200, 204)], add)
        yield ask("sees the member", "GET", f"/Groups/{group_id}", [_is(200), _has_value("members")])
        remove = _patch({"op": "Remove", "path": "members", "value": [{"value": user_id}]})
        yield ask("removes that member", "PATCH", f"/Groups/{group_id}", [_is(200, 204)], remove)
        yield ask("sees it gone", "GET", f"/Groups/{group_id}", [_is(200), _has_no_value("members")])
        yield ask("deletes the group", "DELETE", f"/Groups/{group_id}", [_is(200, 204)])
        yield ask("deletes the user", "DELETE", f"/Users/{user_id}", [_is(200, 204)])


def okta(client: ScimClient, extra: Mapping[str, Any]) -> Generator[Step]:
    """Test Connector Configuration, then the heart of its SPEC test."""
    with _Asking("Okta", client) as ask:
        yield ask("asks for the first users", "GET", "/Users", [_is_list], startIndex=1, count=2)
        wrong = [_is(401), _is_scim_error]
        yield ask("tries a wrong token", "GET", "/Users", wrong, token="wrong")  # noqa: S106 - that is the point
        unknown = "010101001010101011001010101011"
        yield ask("asks for a user who cannot be", "GET", f"/Users/{unknown}", [_is(404), _is_scim_error])
        name = _unused_name()
        user = {"schemas": [USER], "userName": name, "active": True, "name": _NAME, "emails": _work(name), **extra}
        checks = [_is(201), _has_text_id, _echoes("userName", name), _echoes("active", True), _has_value("meta")]
        yield ask(
            "creates a user, with a password", "POST", "/Users", checks, {**user, "password": secrets.token_hex(8)}
        )
        user_id = ask.id
        yield ask("creates it again", "POST", "/Users", [_is(409), _is_scim_error], user)
        found = [_is_list, _finds(1)]
        yield ask("finds it in capitals", "GET", "/Users", found, filter=f'userName eq "{name.upper()}"')
        off = _patch({"op": "replace", "value": {"active": False}})
        yield ask("deactivates without a path", "PATCH", f"/Users/{user_id}", [_is(200, 204)], off)
        on = {**user, "id": user_id, "active": True, "groups": [], "meta": {"resourceType": "User"}}
        yield ask("reactivates by PUT", "PUT", f"/Users/{user_id}", [_is(200), _echoes("active", True)], on)
        yield ask("reads the groups", "GET", "/Groups", [_is_list], startIndex=1, count=100)
        group = {"schemas": [GROUP], "displayName": f"{PREFIX}{secrets.token_hex(4)}", "members": [{"value": user_id}]}
        yield ask("pushes a group", "POST", "/Groups", [_is(201), _has_text_id], group)
        group_id = ask.id
        empty = _patch({"op": "replace", "path": "members", "value": []})
        yield ask("pushes it empty", "PATCH", f"/Groups/{group_id}", [_is(200, 204)], empty)
        yield ask("sees it empty", "GET", f"/Groups/{group_id}", [_is(200), _has_no_value("members")])
        yield ask("deletes the group", "DELETE", f"/Groups/{group_id}", [_is(200, 204)])
        yield ask("deletes the user", "DELETE", f"/Users/{user_id}", [_is(200, 204)])


PROBES: Mapping[str, Probe] = {"jumpcloud": jumpcloud, "entra": entra, "okta": okta}

type Check = Callable[[Answer], str | None]
_NAME = {"givenName": "Gangway", "familyName": "Doctor"}


class _Asking:
    """Asks as one provider, and remembers the id of what it created last."""

    def __init__(self, provider: str, client: ScimClient) -> None:
        self._provider, self._client, self.id = provider, client, "0"
        self._left: list[str] = []

    def __enter__(self) -> Self:
        """Begin; what is created from now on is deleted at the end."""
        return self

    def __exit__(self, *_: object) -> None:
        """Delete what the steps did not come to delete themselves, groups before users."""
        with suppress(UnreachableError):
            for path in reversed(self._left):
                self._client.send("DELETE", path)

    def __call__(
        self,
        name: str,
        method: str,
        path: str,
        checks: list[Check],
        body: Mapping[str, Any] | None = None,
        *,
        token: str | None = None,
        **query: object,
    ) -> Step:
        answer = self._client.send(method, path, body, token=token, **query)
        if method == "POST" and isinstance(answer.body, dict) and answer.status < 300:
            self.id = str(answer.body.get("id", "0"))
            self._left.append(f"{path}/{self.id}")
        if method == "DELETE" and answer.status < 300:
            self._left.remove(path)
        problems = (_is_scim(answer), *(check(answer) for check in checks))
        found = tuple(dict.fromkeys(problem for problem in problems if problem))
        return Step(self._provider, name, f"{method} {path}", answer.status, found)


def _unused_name() -> str:
    return f"{PREFIX}{secrets.token_hex(6)}@example.com"


def _work(address: str) -> list[dict[str, Any]]:
    return [{"value": address, "type": "work", "primary": True}]


def _patch(*operations: Mapping[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH_OP], "Operations": list(operations)}


def _is_scim(answer: Answer) -> str | None:
    if answer.text and answer.headers.get("content-type", "").split(";")[0].strip() not in (
        MEDIA_TYPE,
        "application/json",
    ):
        return f"the Content-Type must be {MEDIA_TYPE}"
    return "the body must be JSON" if answer.text and answer.body is None else None


def _is(*statuses: int) -> Check:
    wanted = " or ".join(map(str, statuses))
    return lambda answer: None if answer.status in statuses else f"the status must be {wanted}, not {answer.status}"


def _member(answer: Answer, name: str) -> Any:
    return answer.body.get(name) if isinstance(answer.body, dict) else None


def _is_list(answer: Answer) -> str | None:
    total = _member(answer, "totalResults")
    if answer.status != 200:
        return f"the status must be 200, not {answer.status}"
    if LIST not in (_member(answer, "schemas") or ()):
        return "the body must be a ListResponse"
    if not isinstance(total, int) or isinstance(total, bool):
        return "totalResults must be a number"
    return None if isinstance(_member(answer, "Resources") or [], list) else "Resources must be a list"


def _is_empty_list(answer: Answer) -> str | None:
    return _is_list(answer) or _finds(0)(answer)


def _finds(count: int) -> Check:
    def check(answer: Answer) -> str | None:
        total, listed = _member(answer, "totalResults"), _member(answer, "Resources") or []
        return None if (total, len(listed)) == (count, count) else f"exactly {count} must be found, not {total}"

    return check


def _is_scim_error(answer: Answer) -> str | None:
    right = ERROR in (_member(answer, "schemas") or ()) and _member(answer, "status") == str(answer.status)
    return None if right else "the body must be a SCIM Error whose status is a text"


def _has_text_id(answer: Answer) -> str | None:
    found = _member(answer, "id")
    return None if isinstance(found, str) and found else "the answer must have an id that is a text"


def _echoes(name: str, value: object) -> Check:
    def check(answer: Answer) -> str | None:
        found = _member(answer, name)
        return None if found == value and type(found) is type(value) else f"{name} must be returned as it was sent"

    return check


def _has_value(name: str) -> Check:
    return lambda answer: None if _member(answer, name) else f"{name} must be there"


def _has_no_value(name: str) -> Check:
    return lambda answer: None if not _member(answer, name) else f"{name} must be empty"
