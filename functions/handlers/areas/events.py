"""Wires the area of change events."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.changes.trace import Trace
from gangway.http.admin.events import event_area
from gangway.storage import aws
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.event_signing import SigningKey
from gangway.storage.snapshot_reader import SnapshotReader

if TYPE_CHECKING:
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""
    client, table, clock = aws.dynamodb(), shared.settings.table, shared.clock
    log = ChangeLogTable(client, table, clock)
    trace = Trace(log, EndpointTable(client, table, clock))
    signing_key = SigningKey(aws.key_management(), shared.settings.event_signing_key)
    reader = SnapshotReader(client, table, clock)
    return event_area(shared.organizations, log, reader, trace, signing_key.public, clock)
