"""A client of one organization behind the real handlers, whose users have an extension with every kind of attribute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from urllib.parse import quote, urlencode

from gangway.scim.schema import ExtensionFile
from gangway.settings import base
from tests.security.account import Gangway, Handler, Tenant
from tests.support.population import ENTERPRISE
from tests.support.scim import GROUP, PATCH, USER, group_body, patch_body, user_body

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.proxy import Reply

__all__ = ["ENTERPRISE", "GROUP", "PATCH", "USER", "group_body", "patch_body", "user_body"]

LAB = "urn:example:params:scim:schemas:extension:lab:2.0:User"
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
LIST = "urn:ietf:params:scim:api:messages:2.0:ListResponse"
SEARCH = "urn:ietf:params:scim:api:messages:2.0:SearchRequest"
BULK = "urn:ietf:params:scim:api:messages:2.0:BulkRequest"
WORK, HOME = {"value": "w@x.y", "type": "work", "primary": True}, {"value": "h@x.y", "type": "home"}

EXTENSION = {
    "id": LAB,
    "name": "Lab",
    "attributes": [
        {"name": "plain"},
        {"name": "loginCount", "type": "integer"},
        {"name": "score", "type": "decimal"},
        {"name": "certified", "type": "boolean"},
        {"name": "lastLogin", "type": "dateTime"},
        {"name": "blob", "type": "binary"},
        {"name": "home", "type": "reference", "referenceTypes": ["uri"], "caseExact": True},
        {"name": "badge", "caseExact": True},
        {"name": "tags", "multiValued": True},
        {"name": "hireCode", "caseExact": True, "mutability": "immutable"},
        {"name": "serial", "mutability": "readOnly"},
        {"name": "secret", "mutability": "writeOnly", "returned": "never"},
        {"name": "biography", "returned": "request"},
        {"name": "realm", "returned": "always"},
    ],
}


class Server(Gangway):
    """Gangway with an extension of users in its bundle."""

    def __init__(self, extension: Mapping[str, Any] = EXTENSION) -> None:
        super().__init__()
        self._extension = extension

    def handler(self, name: str) -> Handler:
        """The warm function of that name."""
        files = [ExtensionFile("User", "lab.json", self._extension)]
        with patch.object(base, "extension_files", lambda: files):
            return super().handler(name)


@dataclass(frozen=True)
class Client:
    """An identity provider: every request comes a tenth of a second after the one before."""

    tenant: Tenant

    @property
    def base_url(self) -> str:
        """Of the organization's endpoints."""
        return f"https://scim.example.com/scim/v2/{self.tenant.name}"

    def send(self, method: str, path: str, body: Any = None, *, headers: Mapping[str, str] | None = None) -> Reply:
        """Send a request; a body that is a text goes as it is."""
        self.tenant.gangway.account.advance(milliseconds=100)
        return self.tenant.send(method, path, body, headers=headers)

    def get(self, path: str, **query: Any) -> Reply:
        """GET; of parameters, `count=1` or `sort_by` become what the protocol calls them only if spelt so."""
        return self.send("GET", path + (f"?{urlencode(query, quote_via=quote)}" if query else ""))

    def user(self, name: str = "ada", /, **attributes: Any) -> dict[str, Any]:
        """Create a user."""
        answer = self.send("POST", "/Users", user_body(name, **attributes))
        assert answer.status == 201, answer.text
        return dict(answer.json())

    def group(self, name: str = "crew", members: list[str] | None = None, /, **attributes: Any) -> dict[str, Any]:
        """Create a group; members are ids."""
        answer = self.send(
            "POST", "/Groups?attributes=displayName,members,meta", group_body(name, members, **attributes)
        )
        assert answer.status == 201, answer.text
        return dict(answer.json())

    def read(self, resource: Mapping[str, Any], **query: Any) -> dict[str, Any]:
        """The resource as it is now."""
        answer = self.get(self.path(resource), **query)
        assert answer.status == 200, answer.text
        return dict(answer.json())

    def path(self, resource: Mapping[str, Any]) -> str:
        """A resource's path below the base URL."""
        return str(resource["meta"]["location"]).removeprefix(self.base_url)

    def patch(self, resource: Mapping[str, Any], *operations: dict[str, Any], **query: Any) -> Reply:
        """PATCH a resource."""
        parameters = f"?{urlencode(query)}" if query else ""
        return self.send("PATCH", self.path(resource) + parameters, patch_body(*operations))

    def patched(self, resource: Mapping[str, Any], *operations: dict[str, Any]) -> dict[str, Any]:
        """PATCH a resource, which must succeed, and read it."""
        answer = self.patch(resource, *operations)
        assert answer.status in (200, 204), answer.text
        return self.read(resource)

    def put(self, resource: Mapping[str, Any], body: Any, **headers: str) -> Reply:
        """PUT a resource."""
        return self.send("PUT", self.path(resource), body, headers=headers)

    def found(self, text: str, endpoint: str = "/Users") -> list[str]:
        """What a filter finds: names in the order of the answer."""
        answer = self.get(endpoint, filter=text)
        assert answer.status == 200, answer.text
        return [each.get("userName") or each["displayName"] for each in answer.json()["Resources"]]

    def refused(self, text: str, endpoint: str = "/Users") -> str:
        """The scimType with which a filter is refused."""
        return scim_type(self.get(endpoint, filter=text))


def add(path: str | None = None, value: Any = None) -> dict[str, Any]:
    """An operation of a PATCH."""
    return {"op": "add", "value": value} | ({} if path is None else {"path": path})


def replace(path: str | None = None, value: Any = None) -> dict[str, Any]:
    """An operation of a PATCH."""
    return add(path, value) | {"op": "replace"}


def remove(path: str) -> dict[str, Any]:
    """An operation of a PATCH."""
    return {"op": "remove", "path": path}


def scim_type(answer: Reply, status: int = 400) -> str:
    """The scimType of a refusal."""
    assert answer.status == status, answer.text
    return str(answer.json().get("scimType"))
