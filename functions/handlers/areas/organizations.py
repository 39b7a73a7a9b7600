"""Wires the area of organizations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.http.admin.organizations import organization_area
from gangway.storage import aws
from gangway.storage.heads import HeadTable
from gangway.storage.table import Table

if TYPE_CHECKING:
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""

    def counts(organization_id: str) -> tuple[int, int]:
        heads = HeadTable(Table(aws.dynamodb(), shared.settings.table, organization_id))
        return heads.count("User"), heads.count("Group")

    return organization_area(
        shared.organizations,
        shared.tokens,
        counts,
        shared.registry,
        shared.clock,
        public_url=shared.settings.public_url,
    )
