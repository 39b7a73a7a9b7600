"""housekeeper: rolls large changes of members forward, and removes the memberships of the deleted.

Two things wake it: the table's stream, filtered to insertions of work, and a schedule. The first is answered with the
records to hear again. On the second it goes round all organizations twice: once for their tokens and deletions, which
may take up to half of the time, and once for work of which no record was heard.
"""

# ruff: noqa: E402 - the collector must be off before anything is imported, see `scim_api`
from __future__ import annotations

import gc

gc.disable()

from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from gangway.access.closing import Closing
from gangway.access.expiry import Expiry
from gangway.access.housekeeping import AccessRound, Rounded
from gangway.access.operator import Operator
from gangway.clock import SystemClock
from gangway.directory.housekeeping import Housekeeper, Tended
from gangway.observability import describe_failure, logger, metrics
from gangway.scim.schema import load_registry
from gangway.settings.background import HousekeeperSettings
from gangway.settings.base import extension_files
from gangway.storage import aws
from gangway.storage.belongings import OrganizationBelongings
from gangway.storage.directory_store import open_directory
from gangway.storage.keys import ACCESS_BOOKMARK, HOUSEKEEPER_BOOKMARK, organization_of
from gangway.storage.organizations import OrganizationTable
from gangway.storage.sweep import OrganizationNames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

    from gangway.scim.schema import Registry
    from gangway.storage.directory_store import DirectoryTable

_settings = HousekeeperSettings.from_environment()
_clock = SystemClock()
_organizations = OrganizationNames(aws.dynamodb(), _settings.table, HOUSEKEEPER_BOOKMARK)


def _directory_of(organization_id: str) -> DirectoryTable:
    return open_directory(aws.dynamodb(), _settings.table, organization_id, _clock)


def handler(event: Mapping[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Serve a batch of stream records, or go round."""
    housekeeper = Housekeeper(_directory_of, _organizations, context.get_remaining_time_in_millis)
    if "Records" not in event:
        _report_round(_access_round(context))
        _report(housekeeper.go_round())
        return {}
    rung: dict[str, str] = {}
    for record in event["Records"]:
        change = record["dynamodb"]
        rung.setdefault(organization_of(change["Keys"]["pk"]["S"]), change["SequenceNumber"])
    done = housekeeper.tend(rung)
    _report(done)
    return {"batchItemFailures": [{"itemIdentifier": rung[organization_id]} for organization_id in done.unfinished]}


def _access_round(context: LambdaContext) -> Rounded:
    remaining_ms = context.get_remaining_time_in_millis
    half = remaining_ms() // 2
    by = Operator("gangway housekeeper", context.aws_request_id)
    records = OrganizationTable(aws.dynamodb(), _settings.table)
    names = OrganizationNames(aws.dynamodb(), _settings.table, ACCESS_BOOKMARK)
    belongings = OrganizationBelongings(aws.dynamodb(), _settings.table, _clock, _registry, remaining_ms)
    access_round = AccessRound(names, records, Expiry(records, _clock), Closing(records, belongings, _clock), by)
    return access_round.go(lambda: remaining_ms() > half)


@cache
def _registry() -> Registry:
    return load_registry(extension_files())


def _report_round(done: Rounded) -> None:
    for organization_id, error in done.failures.items():
        logger.error("housekeeping failed", organization=organization_id, **describe_failure(error))
    metrics.add_metric("TokensExpiring", MetricUnit.Count, done.urgent)
    metrics.add_metric("HousekeepingFailures", MetricUnit.Count, len(done.failures))


def _report(done: Tended) -> None:
    for organization_id, error in done.failures.items():
        logger.error("housekeeping failed", organization=organization_id, **describe_failure(error))
    metrics.add_metric("HousekeepingFailures", MetricUnit.Count, len(done.failures))
    metrics.flush_metrics()


gc.freeze()
gc.enable()
