"""housekeeper: rolls large changes of members forward, and removes the memberships of the deleted.

Two things wake it: the table's stream, filtered to insertions of work, and a schedule. The first is answered with the
records to hear again, the second goes round all organizations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from gangway.clock import SystemClock
from gangway.directory.housekeeping import Housekeeper, Tended
from gangway.observability import describe_failure, logger, metrics
from gangway.settings import HousekeeperSettings
from gangway.storage import aws
from gangway.storage.directory_store import open_directory
from gangway.storage.keys import HOUSEKEEPER_BOOKMARK, organization_of
from gangway.storage.sweep import OrganizationNames

if TYPE_CHECKING:
    from collections.abc import Mapping

    from aws_lambda_powertools.utilities.typing import LambdaContext

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
        _report(housekeeper.go_round())
        return {}
    rung: dict[str, str] = {}
    for record in event["Records"]:
        change = record["dynamodb"]
        rung.setdefault(organization_of(change["Keys"]["pk"]["S"]), change["SequenceNumber"])
    done = housekeeper.tend(rung)
    _report(done)
    return {"batchItemFailures": [{"itemIdentifier": rung[organization_id]} for organization_id in done.unfinished]}


def _report(done: Tended) -> None:
    for organization_id, error in done.failures.items():
        logger.error("housekeeping failed", organization=organization_id, **describe_failure(error))
    metrics.add_metric("WorkFinished", MetricUnit.Count, done.finished)
    metrics.add_metric("HousekeepingFailures", MetricUnit.Count, len(done.failures))
    metrics.flush_metrics()
