"""The Lambda function behind the admin API: wiring and entry point.

What all areas share is made at start; an area is imported and made by the first request about one of its subjects, from
the module of `handlers.areas` that the table below names.
"""

# ruff: noqa: E402 - the collector must be off before anything is imported, see `scim_api`
import gc

gc.disable()

from functools import partial
from importlib import import_module

from gangway.http.admin.api import AdminApi
from gangway.http.admin.areas import AreaOnDemand
from gangway.http.admin.operation import Area
from gangway.settings.admin_api import AdminApiSettings
from handlers.areas.shared import Shared

AREAS = {
    "organizations": "orgs pause resume delete restore",
    "tokens": "tokens",
    "requests": "failures",
    "directory": "users groups",
    "transfer": "import export",
    "archive": "archive",
    "fsck": "fsck",
    "events": "events snapshot requests event-keys",
    "webhooks": "webhooks",
}
"""The module of each area, and the subjects of its paths (`gangway.http.admin.areas`)."""

shared = Shared(AdminApiSettings.from_environment())


def make(area: str) -> Area:
    """Import the module of an area, and let it make the area."""
    made: Area = import_module(f"handlers.areas.{area}").make(shared)
    return made


api = AdminApi(AreaOnDemand(subjects, partial(make, area)) for area, subjects in AREAS.items())
handler = api.handle

gc.freeze()
gc.enable()
