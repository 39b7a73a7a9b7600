"""The SCIM API over a real directory, whose table is in memory: everything a request passes through, but no AWS."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gangway.directory.resources import Directory
from gangway.storage.directory_store import open_directory
from tests.fakes.dynamodb import FakeDynamoDB
from tests.http.fakes import REGISTRY, Scim
from tests.support.clocks import StoppedClock

if TYPE_CHECKING:
    from gangway.directory.context import RequestContext

TABLE = "directory"


class RealDirectory:
    """Opens the directory of a request, as the handler does."""

    def __init__(self, client: Any = None) -> None:
        self.client = client or FakeDynamoDB(TABLE)
        self.clock = StoppedClock()

    def opened(self, context: RequestContext) -> Directory:
        store = open_directory(self.client, TABLE, context.organization_id, self.clock)
        return Directory(store, REGISTRY, context, self.clock)


def whole_scim(client: Any = None, *, strict: bool = False) -> Scim:
    """The API of one organization; `client` stands for DynamoDB's."""
    return Scim(directory=RealDirectory(client), strict=strict)  # type: ignore[arg-type] # has the one method used
