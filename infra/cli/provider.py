"""An identity provider in its working day: it matches, creates, updates and deactivates users, and pushes groups.

What differs between providers is the form of their requests, which is all that `Style` says: Okta and JumpCloud
replace a user by `PUT`, Entra ID patches it with operations in capitals and booleans as text. People are made up, the
same ones at every run, so that a second run finds the users of the first by userName and takes them over, as a
provider would.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from infra.cli.probes import GROUP, PATCH_OP, USER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from infra.cli.scim_client import Answer, ScimClient

ATTEMPTS = 8
"""How often a request is sent that is answered with 429 or 503."""
MEMBERS_PER_PATCH = 100
_GIVEN = ("Ada", "Bela", "Chidi", "Dilara", "Eero", "Freya", "Goran", "Hana", "Ines", "Jonas")
_FAMILY = ("Okafor", "Silva", "Kovacs", "Tanaka", "Weber", "Haddad", "Novak", "Lindqvist", "Moreau", "Osei", "Rossi")


@dataclass(frozen=True, slots=True)
class Style:
    """How a provider writes its requests.

    Attributes:
        title: its name for people.
        replaces: users are replaced by PUT; otherwise changed by PATCH.
        capital_operations: `Add` instead of `add`.
        text_booleans: `"False"` instead of `false`.
    """

    title: str
    replaces: bool = True
    capital_operations: bool = False
    text_booleans: bool = False


STYLES: Mapping[str, Style] = {
    "okta": Style("Okta"),
    "jumpcloud": Style("JumpCloud"),
    "entra": Style("Entra ID", replaces=False, capital_operations=True, text_booleans=True),
}


@dataclass
class Tally:
    """What was sent, and how it went."""

    requests: int = 0
    repeated: int = 0
    milliseconds: list[float] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class IdentityProvider:
    """One provider at work on one organization."""

    def __init__(self, style: Style, client: ScimClient, pause: Callable[[float], None] = time.sleep) -> None:
        self.tally = Tally()
        self._style, self._client, self._pause = style, client, pause

    def provision(self, users: int, groups: int) -> Iterator[str]:
        """Bring users and groups; yields what was done after each.

        Every tenth user is updated and every twentieth deactivated afterwards, and each user is in one group.
        """
        ids = []
        for number in range(users):
            ids.append(self._arrive(number))
            yield "user"
        for number in range(groups):
            self._push(number, [user for user in ids[number::groups] if user])
            yield "group"
        for number, user in enumerate(ids):
            if user and number % 20 == 19:
                self._change(user, number, active=False)
            elif user and number % 10 == 9:
                self._change(user, number, title="Lead")
            yield "change"

    def clean(self, users: int, groups: int) -> Iterator[str]:
        """Delete the users and groups of such a run, if they are there."""
        wanted = [("/Groups", "displayName", _label(number)) for number in range(groups)]
        wanted += [("/Users", "userName", _person(number)["userName"]) for number in range(users)]
        for path, attribute, value in wanted:
            if found := self._find(path, attribute, value):
                self._send("DELETE", f"{path}/{found}", (204,))
            yield "deletion"

    def _arrive(self, number: int) -> str | None:
        person = _person(number)
        found = self._find("/Users", "userName", person["userName"])
        if found is None:
            return _id(self._send("POST", "/Users", (201,), person))
        self._change(found, number, active=True)
        return found

    def _push(self, number: int, members: list[str]) -> None:
        label = _label(number)
        group = self._find("/Groups", "displayName", label)
        if group is None:
            group = _id(self._send("POST", "/Groups", (201,), {"schemas": [GROUP], "displayName": label}))
        for start in range(0, len(members) if group else 0, MEMBERS_PER_PATCH):
            value = [{"value": member} for member in members[start : start + MEMBERS_PER_PATCH]]
            self._send("PATCH", f"/Groups/{group}", (200, 204), self._patch("add", "members", value))

    def _change(self, user: str, number: int, **attributes: object) -> None:
        if self._style.replaces:
            whole = {**_person(number), "id": user, **attributes}
            self._send("PUT", f"/Users/{user}", (200,), whole)
            return
        for name, value in attributes.items():
            written = str(value) if isinstance(value, bool) and self._style.text_booleans else value
            self._send("PATCH", f"/Users/{user}", (200, 204), self._patch("replace", name, written))

    def _patch(self, kind: str, path: str, value: object) -> dict[str, Any]:
        operation = kind.capitalize() if self._style.capital_operations else kind
        return {"schemas": [PATCH_OP], "Operations": [{"op": operation, "path": path, "value": value}]}

    def _find(self, path: str, attribute: str, value: str) -> str | None:
        answer = self._send("GET", path, (200,), filter=f'{attribute} eq "{value}"')
        found = (answer.body or {}).get("Resources") or []
        return str(found[0]["id"]) if found else None

    def _send(self, method: str, path: str, expected: tuple[int, ...], body: object = None, **query: object) -> Answer:
        """Send a request, again while the server asks for patience; what is not expected is noted, not raised."""
        for attempt in range(1, ATTEMPTS + 1):
            began = time.perf_counter()
            answer = self._client.send(method, path, body, token=None, **query)
            self.tally.requests += 1
            self.tally.milliseconds.append((time.perf_counter() - began) * 1000)
            if answer.status not in (429, 503) or attempt == ATTEMPTS:
                break
            self.tally.repeated += 1
            self._pause(float(answer.headers.get("retry-after", "1")))
        if answer.status not in expected:
            detail = answer.body.get("detail", "") if isinstance(answer.body, dict) else ""
            self.tally.failures.append(f"{method} {path} → {answer.status} {detail}".strip())
        return answer


def _person(number: int) -> dict[str, Any]:
    given, family = _GIVEN[number % len(_GIVEN)], _FAMILY[number % len(_FAMILY)]
    address = f"play-{number:05}@example.com"
    return {
        "schemas": [USER],
        "userName": address,
        "externalId": f"play-{number:05}",
        "active": True,
        "name": {"givenName": given, "familyName": family},
        "displayName": f"{given} {family}",
        "emails": [{"value": address, "type": "work", "primary": True}],
    }


def _label(number: int) -> str:
    return f"play-team-{number:03}"


def _id(answer: Answer) -> str | None:
    return str(answer.body["id"]) if isinstance(answer.body, dict) and "id" in answer.body else None
