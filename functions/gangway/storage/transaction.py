"""A DynamoDB transaction that knows what each of its conditions stands for.

DynamoDB cancels a transaction with one reason per action. Every action therefore carries what its refusal means, and
asks for the item that stood in its way: if that item was written by the very same operation, the refusal is the echo
of a write whose answer was lost, and the transaction has succeeded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gangway.directory.ports import Collision
from gangway.storage.faults import MEANING, translated

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from botocore.exceptions import ClientError

    from gangway.storage.items import Item
    from gangway.storage.keys import Key

    type Refusal = Callable[[Item | None], Exception]

MAX_ACTIONS: Final = 100

ABSENT: Final = "attribute_not_exists(pk)"
PRESENT: Final = "attribute_exists(pk)"


def changed_meanwhile(_item: Item | None) -> Exception:
    """The usual meaning of a refusal: what was read is no longer so."""
    return Collision("an item changed after it was read")


class Transaction:
    """Actions to be committed together, on behalf of one operation."""

    def __init__(self, operation: str) -> None:
        self.operation = operation
        self._actions: list[tuple[str, dict[str, Any]]] = []
        self._refusals: list[Refusal] = []

    def put(
        self,
        item: Item,
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
        refusal: Refusal = changed_meanwhile,
    ) -> None:
        """Write an item; it is stamped with the operation."""
        self._add("Put", {"Item": item | {"q": {"S": self.operation}}}, condition, values, refusal)

    def update(
        self,
        key: Key,
        expression: str,
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
        refusal: Refusal = changed_meanwhile,
    ) -> None:
        """Change an item."""
        self._add("Update", {"Key": key.typed(), "UpdateExpression": expression}, condition, values, refusal)

    def delete(
        self,
        key: Key,
        condition: str | None = None,
        values: Mapping[str, Any] | None = None,
        refusal: Refusal = changed_meanwhile,
    ) -> None:
        """Delete an item."""
        self._add("Delete", {"Key": key.typed()}, condition, values, refusal)

    def check(
        self,
        key: Key,
        condition: str,
        values: Mapping[str, Any] | None = None,
        refusal: Refusal = changed_meanwhile,
    ) -> None:
        """Insist on something about an item that is not written."""
        self._add("ConditionCheck", {"Key": key.typed()}, condition, values, refusal)

    def ready(self, action: Mapping[str, Any]) -> None:
        """Add an action made elsewhere, such as the outbox item; being refused means it is there already."""
        ((kind, body),) = action.items()
        body = dict(body)
        if kind == "Put":
            body["Item"] = body["Item"] | {"q": {"S": self.operation}}
        self._actions.append((kind, body | {"ReturnValuesOnConditionCheckFailure": "ALL_OLD"}))
        self._refusals.append(changed_meanwhile)

    def actions(self, table: str) -> list[dict[str, Any]]:
        """The ``TransactItems`` of the request."""
        return [{kind: {"TableName": table} | body} for kind, body in self._actions]

    def judge(self, error: ClientError) -> None:
        """Say what a failed commit means; returns if it had succeeded after all.

        Raises:
            Exception: the meaning of the first refused condition, or of a collision, or the translated error.
        """
        response: Mapping[str, Any] = error.response
        reasons = response.get("CancellationReasons")
        if not reasons:
            raise translated(error) from error
        refused = [(at, reason) for at, reason in enumerate(reasons) if reason.get("Code") == "ConditionalCheckFailed"]
        if any(self._is_own(at, reason.get("Item", {})) for at, reason in refused):
            return
        for at, reason in refused:
            raise self._refusals[at](reason.get("Item")) from error
        for reason in reasons:
            if meaning := MEANING.get(reason.get("Code", "")):
                raise meaning(reason["Code"]) from error
        raise error

    def _is_own(self, at: int, found: Item) -> bool:
        """Whether an item that stood in the way is what this very action wrote before.

        An operation may try to do a thing in two ways, such as creating a user anew and restoring it; the item of the
        other way belongs to another resource.
        """
        _kind, body = self._actions[at]
        same_resource = found.get("i") == body["Item"].get("i") if "Item" in body else True
        return found.get("q", {}).get("S") == self.operation and same_resource

    def _add(
        self, kind: str, body: dict[str, Any], condition: str | None, values: Mapping[str, Any] | None, refusal: Refusal
    ) -> None:
        if condition:
            body |= {"ConditionExpression": condition, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}
        if values:
            body["ExpressionAttributeValues"] = dict(values)
        self._actions.append((kind, body))
        self._refusals.append(refusal)
