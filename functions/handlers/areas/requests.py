"""Wires the area of failed requests."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.http.admin.requests import request_area
from gangway.storage import aws
from gangway.storage.failures import FailureTable

if TYPE_CHECKING:
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""
    failures = FailureTable(aws.dynamodb(), shared.settings.table, shared.clock)
    return request_area(shared.organizations, failures, shared.clock)
