"""The guard before every call to the table.

A mistake anywhere above must not be able to reach another organization's items. So the table is opened for one
organization, every request is inspected before it is sent, and what is not on the list of operations (Scan, PartiQL,
anything new) or names a foreign partition raises an exception that no ``except Exception`` swallows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_ALLOWED: Final = frozenset(
    {
        "get_item",
        "batch_get_item",
        "query",
        "put_item",
        "delete_item",
        "transact_get_items",
        "transact_write_items",
        "update_item",
    }
)


class ForeignItem(BaseException):
    """A request would have left its organization. A bug, never an answer: it must reach the top and an alarm."""


def guard(operation: str, request: Mapping[str, Any], organization_id: str, table: str) -> None:
    """Refuse a request that could touch anything outside one organization.

    Raises:
        ForeignItem: it could.
    """
    if operation not in _ALLOWED:
        raise ForeignItem(f"{operation} is not allowed on the table")
    prefix = f"{organization_id}#"
    partitions = list(_partitions(operation, request, table))
    if not organization_id or not partitions or not all(partition.startswith(prefix) for partition in partitions):
        raise ForeignItem(f"{operation} would leave its organization")


def _partitions(operation: str, request: Mapping[str, Any], table: str) -> Iterator[str]:
    if operation in ("transact_get_items", "transact_write_items"):
        for action in request["TransactItems"]:
            ((_, body),) = action.items()
            yield (body.get("Key") or body["Item"])["pk"]["S"] if body["TableName"] == table else ""
    elif operation == "batch_get_item":
        for name, wanted in request["RequestItems"].items():
            yield from (key["pk"]["S"] if name == table else "" for key in wanted["Keys"])
    elif operation == "query":
        known = request["KeyConditionExpression"].startswith("pk = :pk")
        yield request["ExpressionAttributeValues"][":pk"]["S"] if known and request["TableName"] == table else ""
    else:
        key = request.get("Key") or request["Item"]
        yield key["pk"]["S"] if request["TableName"] == table else ""
