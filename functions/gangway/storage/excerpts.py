"""What receivers said of a person: excerpts of their answers may quote what was posted, so they are erased with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.storage import keys

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gangway.storage.table import Table


def endpoint_ids(table: Table) -> list[str]:
    """The ids of the endpoints, and of those that were removed while attempts to deliver to them are still kept."""
    organization_id = table.organization_id
    there = [item["sk"]["S"] for item in table.query_all(keys.endpoint(organization_id, "").pk)]
    gone = keys.removed_endpoint(organization_id, "")
    return there + [item["sk"]["S"].removeprefix(gone.sk) for item in table.query_all(gone.pk, prefix=gone.sk)]


def remove_excerpts(table: Table, numbers: Iterable[int]) -> None:
    """Drop what endpoints answered to these entries of the log; that and when they were tried stays."""
    organization_id = table.organization_id
    endpoints = endpoint_ids(table)
    for number in numbers:
        for endpoint_id in endpoints:
            partition = keys.delivery(organization_id, endpoint_id, 0, 0).pk
            for item in table.query_all(partition, prefix=f"{number:012d}#"):
                if item.pop("x", None) is not None:
                    table.put(item)
