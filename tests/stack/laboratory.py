"""A stack and what the conformance vectors need of it: their resources, under ids of the server's own choosing.

The vectors name resources `u1`, `g1`; here those that only are referred to exist under such names, and every id in a
vector is replaced by the real one before it is sent or compared.
"""

import json
import re
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import httpx2

from infra.local.stack import LocalStack
from tests.conformance import vectors
from tests.support.client import SCIM, USER, Client

_SYMBOL = re.compile(r'(?<=")u\d{1,2}(?=\\?")')
_BYSTANDERS = tuple(f"u{number}" for number in range(20))


@dataclass
class Laboratory:
    """One running stack.

    Attributes:
        stack: It.
        strict: Whether its organizations keep to the letter.
    """

    stack: LocalStack
    strict: bool
    _ids: dict[str, str] = field(default_factory=dict)

    @cached_property
    def filters(self) -> Client:
        """A client of the organization whose users are those of the filter vectors."""
        return Client.of(self.stack.organizations[0])

    @cached_property
    def patches(self) -> Client:
        """A client of the organization in which PATCH vectors are played."""
        return Client.of(self.stack.organizations[1])

    @cached_property
    def entra(self) -> Client:
        """A client of an organization whose identity provider is Entra ID."""
        return Client.of(self.stack.organizations[2])

    @cached_property
    def filter_users(self) -> dict[str, str]:
        """The real ids of the filter vectors' users, created when first asked for."""
        ids: dict[str, str] = {}
        for user in vectors.read("filters.json")["users"]:
            body = {name: value for name, value in user.items() if name not in ("id", "meta", "groups")}
            ids[user["id"]] = self._created(self.filters, "/Users", body)["id"]
        return ids

    def outcome_of_patch(self, case: vectors.Case, client: Client | None = None) -> vectors.Outcome:
        """Create the case's resource, patch it, read it, delete it; where the other vectors are, unless told otherwise.

        A refusal that changed the resource all the same shows in the outcome.
        """
        if not self._ids:
            self._ids |= {
                name: self._created(self.patches, "/Users", {"schemas": [USER], "userName": f"bystander-{name}"})["id"]
                for name in _BYSTANDERS
            }
        client, endpoint = client or self.patches, f"/{case['resourceType']}s"
        others = [
            self._created(client, "/Users", {"schemas": [USER], **other})
            for other in case.get("context", {}).get("otherUsers", [])
        ]
        resource = {name: value for name, value in self.mapped(case["resource"]).items() if name != "id"}
        before = self._created(client, endpoint, resource)
        path = f"{endpoint}/{before['id']}"
        before = client.send("GET", path).json()
        try:
            answer = self._patch(client, path, case)
            after = client.send("GET", path).json()
        finally:
            for created in (before, *others):
                gone = client.send("DELETE", created["meta"]["location"].removeprefix(client.base_url))
                assert gone.status_code == 204
        if answer.status_code >= 400:
            assert after == before, "refused, but not without a trace"
            error = answer.json()
            assert error["status"] == str(answer.status_code)
            return {"error": {"status": answer.status_code, "scimType": error.get("scimType")}}
        assert answer.status_code == (204 if case["resourceType"] == "Group" else 200)
        changed = after["meta"]["version"] != before["meta"]["version"]
        assert changed or after == before
        return {"after": after, "changed": changed}

    def mapped(self, value: Any) -> Any:
        """The value with the real ids of the bystanders; the resource under test keeps its symbolic one out."""
        return json.loads(_SYMBOL.sub(lambda name: self._ids.get(name[0], name[0]), json.dumps(value)))

    def _patch(self, client: Client, path: str, case: vectors.Case) -> httpx2.Response:
        if "patchRaw" in case:
            return client.send("PATCH", path, content=case["patchRaw"].encode(), headers={"Content-Type": SCIM})
        body = self.mapped(case["patch"])
        if case["resource"]["id"] == "u1":  # a user may be told its own id
            own = path.rsplit("/", 1)[1]
            body = json.loads(json.dumps(body).replace(f'"{self._ids["u1"]}"', f'"{own}"'))
        return client.send("PATCH", path, body)

    @staticmethod
    def _created(client: Client, endpoint: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = client.send("POST", endpoint, body)
        assert answer.status_code == 201, answer.text
        created: dict[str, Any] = answer.json()
        return created
