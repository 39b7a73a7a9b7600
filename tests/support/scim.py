"""Bodies and requests in the words of SCIM, for tests of use cases."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gangway.scim.messages import SearchRequest
from gangway.scim.projection import Selection
from tests.support.directories import REGISTRY

if TYPE_CHECKING:
    from gangway.directory.representation import Answer
    from tests.support.directories import Desk

USER = "urn:ietf:params:scim:schemas:core:2.0:User"
GROUP = "urn:ietf:params:scim:schemas:core:2.0:Group"
PATCH = "urn:ietf:params:scim:api:messages:2.0:PatchOp"


def user_body(user_name: str, **more: Any) -> dict[str, Any]:
    return {"schemas": [USER], "userName": user_name, **more}


def group_body(display_name: str, members: list[str] | None = None, **more: Any) -> dict[str, Any]:
    listed = {} if members is None else {"members": [{"value": each} for each in members]}
    return {"schemas": [GROUP], "displayName": display_name, **listed, **more}


def patch_body(*operations: dict[str, Any]) -> dict[str, Any]:
    return {"schemas": [PATCH], "Operations": list(operations)}


def add_members(*members: str) -> dict[str, Any]:
    return {"op": "add", "path": "members", "value": [{"value": member} for member in members]}


def remove_member(member: str) -> dict[str, Any]:
    return {"op": "remove", "path": f'members[value eq "{member}"]'}


def selection(kind: str, attributes: str = "", excluded: str = "") -> Selection:
    return Selection.parse(REGISTRY.resource_types[kind], attributes, excluded)


class Client:
    """One request after another to one directory, each by a directory of its own."""

    def __init__(self, desk: Desk, kind: str, **context: Any) -> None:
        self._desk, self._kind, self._context = desk, kind, context

    def _resources(self) -> Any:
        return self._desk.directory(**self._context).of(self._kind)

    def create(self, body: dict[str, Any], **shown: str) -> dict[str, Any]:
        answer: Answer = self._resources().create(body, selection(self._kind, **shown))
        assert answer.status == 201
        assert answer.body is not None
        return answer.body

    def answer(self, resource_id: str, if_none_match: str | None = None, **shown: str) -> Answer:
        found: Answer = self._resources().read(resource_id, selection(self._kind, **shown), if_none_match)
        return found

    def read(self, resource_id: str, **shown: str) -> dict[str, Any]:
        body = self.answer(resource_id, **shown).body
        assert body is not None
        return body

    def replace(self, resource_id: str, body: dict[str, Any], if_match: str | None = None, **shown: str) -> Answer:
        answer: Answer = self._resources().replace(resource_id, body, selection(self._kind, **shown), if_match)
        return answer

    def patch(self, resource_id: str, *operations: dict[str, Any], if_match: str | None = None, **shown: str) -> Answer:
        answer: Answer = self._resources().patch(
            resource_id,
            patch_body(*operations),
            selection(self._kind, **shown),
            if_match,
            attributes_asked=bool(shown),
        )
        return answer

    def delete(self, resource_id: str, if_match: str | None = None) -> Answer:
        answer: Answer = self._resources().delete(resource_id, if_match)
        return answer

    def search(self, **request: Any) -> dict[str, Any]:
        found: dict[str, Any] = self._resources().search(SearchRequest(**request))
        return found

    def found(self, text: str, **request: Any) -> list[str]:
        """Ids of what a filter finds."""
        return [each["id"] for each in self.search(filter=text, **request)["Resources"]]
