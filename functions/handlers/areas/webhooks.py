"""Wires the area of webhooks."""

from __future__ import annotations

from ipaddress import ip_network
from typing import TYPE_CHECKING

from gangway.changes.security_event import TokenMaker
from gangway.changes.webhooks.administration import Webhooks
from gangway.changes.webhooks.message import Messages
from gangway.changes.webhooks.redelivery import Redelivery
from gangway.changes.webhooks.snapshot_delivery import SnapshotDelivery
from gangway.http.admin.webhooks import webhook_area
from gangway.storage import aws
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.event_signing import SigningKey
from gangway.storage.functions import DispatcherBell, SenderFunction
from gangway.storage.snapshot_reader import SnapshotReader

if TYPE_CHECKING:
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""
    settings, client, clock = shared.settings, aws.dynamodb(), shared.clock
    log = ChangeLogTable(client, settings.table, clock)
    endpoints = EndpointTable(client, settings.table, clock)
    reader = SnapshotReader(client, settings.table, clock)
    bell = DispatcherBell(aws.functions(), settings.webhook_dispatcher)
    sender = SenderFunction(aws.functions(), settings.webhook_sender)
    signing_key = SigningKey(aws.key_management(), settings.event_signing_key)
    messages = Messages(TokenMaker(settings.public_url or "", signing_key, clock))
    networks = [ip_network(network) for network in settings.webhook_networks]
    return webhook_area(
        shared.organizations,
        log,
        Webhooks(endpoints, log, sender, clock, networks),
        Redelivery(endpoints, log, bell, clock),
        SnapshotDelivery(endpoints, log, reader, messages, sender, bell, clock),
    )
