"""Random traffic of an identity provider, made of few names, values and references, so that everything collides.

A step says what to do with things by number; what the numbers stand for is looked up among what has been seen when the
step is taken. So the same steps can be taken in another account, or by somebody else who has seen other things too.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from hypothesis import strategies as st

from tests.support.client import GROUP, PATCH, USER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.proxy import Reply

BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
UNKNOWN_USER = "01900000-0000-7000-8000-000000000000"
UNKNOWN_GROUP = "01900000-0000-7000-8000-000000000080"
JUNK = "0"
NAMES = ("ann@example.com", "ANN@example.com", "Zoë", "1", "admin")
EXTERNAL_IDS = ("1", "2", UNKNOWN_USER)


@dataclass
class Seen:
    """What somebody has come across: ids, versions and cursors, in the order in which they turned up."""

    ids: list[str] = field(default_factory=lambda: [UNKNOWN_USER, UNKNOWN_GROUP, JUNK])
    etags: list[str] = field(default_factory=lambda: ['W/"1"', "*"])
    cursors: list[str] = field(default_factory=lambda: ["", "AAAA"])

    def note(self, answer: Reply) -> None:
        """Remember what an answer told."""
        if etag := answer.headers.get("ETag"):
            self.etags.append(etag)
        body = answer.json() if answer.text else {}
        found = [body, *body.get("Resources", ())]
        self.ids += [each["id"] for each in found if "id" in each and each["id"] not in self.ids]
        if cursor := body.get("nextCursor"):
            self.cursors.append(cursor)

    def beside(self, other: Seen) -> Seen:
        """What somebody knows who has also come across what the other has: that first."""
        mine = Seen()
        mine.ids = [*other.ids, *(each for each in self.ids if each not in other.ids)]
        mine.etags = [*other.etags, *self.etags]
        mine.cursors = [*other.cursors, *self.cursors]
        return mine


type Send = Callable[..., "Reply"]
type Step = tuple[Any, ...]
"""What to do, and numbers."""


def take(step: Step, seen: Seen, send: Send) -> Reply:
    """Take a step: send its request with what its numbers stand for."""
    what, *numbers = step
    answer: Reply = _STEPS[what](seen, send, *numbers)
    return answer


def _pick(things: list[str] | tuple[str, ...], number: int) -> str:
    # From the end, so that small numbers mean what turned up last.
    return things[-1 - number % len(things)]


def _user(name: int, external: int) -> dict[str, Any]:
    return {"schemas": [USER], "userName": _pick(NAMES, name), "externalId": _pick(EXTERNAL_IDS, external)}


def _create_user(seen: Seen, send: Send, name: int, external: int, manager: int) -> Reply:
    body = _user(name, external)
    if manager % 2:
        body |= {"schemas": [USER, ENTERPRISE], ENTERPRISE: {"manager": {"value": _pick(seen.ids, manager)}}}
    return send("POST", "/Users", body)


def _create_group(seen: Seen, send: Send, name: int, *members: int) -> Reply:
    listed = [{"value": value} for value in dict.fromkeys(_pick(seen.ids, member) for member in members)]
    return send("POST", "/Groups", {"schemas": [GROUP], "displayName": _pick(NAMES, name), "members": listed})


def _read(seen: Seen, send: Send, kind: int, which: int, etag: int) -> Reply:
    headers = {"If-None-Match": _pick(seen.etags, etag)} if etag % 2 else {}
    return send("GET", f"/{_pick(('Users', 'Groups'), kind)}/{_pick(seen.ids, which)}", headers=headers)


def _replace(seen: Seen, send: Send, which: int, name: int, external: int, etag: int) -> Reply:
    headers = {"If-Match": _pick(seen.etags, etag)} if etag % 2 else {}
    return send("PUT", f"/Users/{_pick(seen.ids, which)}", _user(name, external), headers=headers)


def _patch_user(seen: Seen, send: Send, which: int, name: int) -> Reply:
    operations = [
        {"op": "replace", "path": "active", "value": bool(name % 2)},
        {"op": "replace", "path": "userName", "value": _pick(NAMES, name)},
    ]
    return send("PATCH", f"/Users/{_pick(seen.ids, which)}", {"schemas": [PATCH], "Operations": operations[name % 3 :]})


def _patch_group(seen: Seen, send: Send, which: int, member: int, how: int) -> Reply:
    person = _pick(seen.ids, member)
    operation: dict[str, Any] = (
        {"op": "add", "path": "members", "value": [{"value": person}]},
        {"op": "remove", "path": f'members[value eq "{person}"]'},
        {"op": "replace", "path": "members", "value": [{"value": person}]},
    )[how % 3]
    return send("PATCH", f"/Groups/{_pick(seen.ids, which)}", {"schemas": [PATCH], "Operations": [operation]})


def _delete(seen: Seen, send: Send, kind: int, which: int, etag: int) -> Reply:
    headers = {"If-Match": _pick(seen.etags, etag)} if etag % 2 else {}
    return send("DELETE", f"/{_pick(('Users', 'Groups'), kind)}/{_pick(seen.ids, which)}", headers=headers)


def _find(seen: Seen, send: Send, which: int, name: int, external: int) -> Reply:
    person = _pick(seen.ids, which)
    kind, text = (
        ("Users", f'userName eq "{_pick(NAMES, name)}"'),
        ("Users", f'externalId eq "{_pick(EXTERNAL_IDS, external)}"'),
        ("Users", f'id eq "{person}"'),
        ("Users", f'groups.value eq "{person}"'),
        ("Groups", f'members.value eq "{person}"'),
        ("Groups", f'displayName eq "{_pick(NAMES, name)}"'),
        ("Users", f'meta.lastModified gt "2020-01-01T00:00:00Z" and userName co "{_pick(NAMES, name)[:2]}"'),
    )[(which + name + external) % 7]
    return send("GET", f"/{kind}?filter={quote(text)}")


def _page(seen: Seen, send: Send, kind: int, start: int, count: int) -> Reply:
    return send("GET", f"/{_pick(('Users', 'Groups', ''), kind)}?startIndex={start}&count={count}")


def _walk(seen: Seen, send: Send, kind: int, cursor: int) -> Reply:
    return send("GET", f"/{_pick(('Users', 'Groups'), kind)}?count=1&cursor={_pick(seen.cursors, cursor)}")


def _bulk(seen: Seen, send: Send, which: int, name: int, external: int) -> Reply:
    person = _pick(seen.ids, which)
    member = {
        "schemas": [GROUP],
        "displayName": _pick(NAMES, name),
        "members": [{"value": person}, {"value": "bulkId:a"}],
    }
    operations = [
        {"method": "POST", "path": "/Groups", "bulkId": "b", "data": member},
        {"method": "POST", "path": "/Users", "bulkId": "a", "data": _user(name, external)},
        {"method": "DELETE", "path": f"/Users/{person}"},
    ]
    return send("POST", "/Bulk", {"schemas": [BULK], "Operations": operations})


_STEPS: dict[str, Callable[..., Reply]] = {
    "create user": _create_user,
    "create group": _create_group,
    "read": _read,
    "replace": _replace,
    "patch user": _patch_user,
    "patch group": _patch_group,
    "delete": _delete,
    "find": _find,
    "page": _page,
    "walk": _walk,
    "bulk": _bulk,
}

_number = st.integers(0, 7)


def _step(what: str, *numbers: st.SearchStrategy[int]) -> st.SearchStrategy[Step]:
    return st.tuples(st.just(what), *numbers)


STEPS: st.SearchStrategy[Step] = st.one_of(
    _step("create user", _number, _number, _number),
    _step("create group", _number, _number, _number, _number),
    _step("read", _number, _number, _number),
    _step("replace", _number, _number, _number, _number),
    _step("patch user", _number, _number),
    _step("patch group", _number, _number, _number),
    _step("delete", _number, _number, _number),
    _step("find", _number, _number, _number),
    _step("page", _number, st.integers(0, 3), st.integers(0, 3)),
    _step("walk", _number, _number),
    _step("bulk", _number, _number, _number),
)
"""One step."""
