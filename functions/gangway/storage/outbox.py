"""How changes are put into the outbox: in their own transactions, where they wait for a number.

A change is one item per stream that it belongs to, and names what it follows in others. Whoever writes a change puts it
here; who reads it is another function (`gangway.storage.outbox_table`).
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from gangway.changes.event import dump_change
from gangway.changes.tell import identified
from gangway.storage import keys
from gangway.storage.items import item_of, number, text
from gangway.storage.transaction import ABSENT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gangway.changes.event import ChangeEvent


def change_put(
    events: Sequence[ChangeEvent],
    *,
    stream: str | None = None,
    sequence: int | None = None,
    after: Iterable[tuple[str, int]] = (),
) -> dict[str, Any]:
    """Make the transaction action that puts a change's events into the outbox.

    Args:
        events: what was told of one change, at least one event; their ids are given here.
        stream: what the change is strictly ordered within: the resource's id (the default), or that, a dot and a name.
        sequence: the change's place there, from 1 without gaps; by default the version.
        after: further (stream, sequence) pairs of the same resource that the change follows, as they were read.
    """
    first = events[0]
    stream = stream or first.resource_id
    sequence = first.version if sequence is None else sequence
    key = keys.outbox(first.organization_id, first.resource_id, stream, sequence)
    item = item_of(
        key,
        "outbox",
        e=text(dump_change(identified(events, stream, sequence))),
        t=number(_milliseconds(first.time)),
        i=text(first.resource_id),
        v=number(first.version),
    )
    if predecessors := [sort_key_of(*pair) for pair in after if pair[1] > 0]:
        item["p"] = {"SS": predecessors}
    return {"Put": {"Item": item, "ConditionExpression": ABSENT}}


def _milliseconds(time: str) -> int:
    return int(datetime.fromisoformat(time).timestamp() * 1000)


def sort_key_of(stream: str, sequence: int) -> str:
    """The sort key of a change by its stream and its place there."""
    return f"{stream}#{sequence:012d}" if sequence else stream
