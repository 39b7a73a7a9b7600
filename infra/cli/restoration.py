"""Restoring a table to a moment: what is asked of AWS, step by step, each of which finds out by itself what is left.

DynamoDB restores into a new table only, and without stream, expiry, recovery points, deletion protection and tags. All
that is read from the present table and given to the restored one; then what must not go back in time is carried over
(`gangway.storage.carry_over`). Nothing is remembered between two runs: whatever is done already is seen in AWS, so an
interrupted restore goes on when the command is repeated. The present table is only read.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from gangway.storage.carry_over import CarryOver
from gangway.storage.organizations import OrganizationTable
from gangway.storage.sweep import OrganizationNames
from infra.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from gangway.access.operator import Operator
    from gangway.clock import Clock
    from gangway.storage.carry_over import Since

POLL_SECONDS: Final = 10
_PAGE: Final = 100


@dataclass(frozen=True, slots=True)
class Kept:
    """What a restore leaves out of a table.

    Attributes:
        stream: what stream records show; empty: there is no stream.
        expiry: attribute by which items expire; empty: none.
        recovery_days: days back to which the table can be restored; 0: not at all.
        protected: whether it refuses to be deleted.
        tags: by key.
    """

    stream: str
    expiry: str
    recovery_days: int
    protected: bool
    tags: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Window:
    """The moments that a table can be restored to."""

    earliest: datetime
    latest: datetime


class Restoration:
    """A restore of one table under the name of another.

    Args:
        dynamodb: a client with the rights of whoever restores.
        source: name of the present table.
        target: name of the restored table; need not exist yet.
        sleep: waits for some seconds.
    """

    def __init__(self, dynamodb: Any, source: str, target: str, sleep: Callable[[float], None] = time.sleep) -> None:
        self._client, self.source, self.target, self._sleep = dynamodb, source, target, sleep

    def window(self) -> Window:
        """What can be restored. Raises CliError: nothing, because recovery points are off."""
        about = self._client.describe_continuous_backups(TableName=self.source)["ContinuousBackupsDescription"]
        points = about["PointInTimeRecoveryDescription"]
        if points["PointInTimeRecoveryStatus"] != "ENABLED":
            raise CliError(f"{self.source} has no recovery points.", "It cannot be restored.", code=Exit.REFUSED)
        return Window(points["EarliestRestorableDateTime"], points["LatestRestorableDateTime"])

    def check(self, at: datetime | None) -> None:
        """See that a moment can be restored; None is the latest. Raises CliError."""
        window = self.window()
        if at is not None and not window.earliest <= at <= window.latest:
            raise CliError(
                f"{self.source} can be restored to any second from {second(window.earliest)} to "
                f"{second(window.latest)}, not to {second(at)}.",
                "Leave --at out for the latest.",
                code=Exit.REFUSED,
            )

    def found(self) -> Mapping[str, Any] | None:
        """The description of the restored table, if it is there or on its way. Raises CliError: it is another one."""
        table = self._describe(self.target)
        if table is not None and not table.get("RestoreSummary", {}).get("SourceTableArn", "").endswith(
            f"/{self.source}"
        ):
            raise CliError(
                f"There is a table {self.target}, which was not restored from {self.source}.",
                "Choose another name.",
                code=Exit.REFUSED,
            )
        return table

    def begin(self, at: datetime | None) -> None:
        """Let DynamoDB restore, encrypted by the same key."""
        source = self._describe(self.source) or {}
        key = source.get("SSEDescription", {}).get("KMSMasterKeyArn")
        encryption = {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}
        self._client.restore_table_to_point_in_time(
            SourceTableName=self.source,
            TargetTableName=self.target,
            **({"UseLatestRestorableTime": True} if at is None else {"RestoreDateTime": at}),
            **({"SSESpecificationOverride": encryption} if key else {}),
        )

    def wait(self, at: datetime | None) -> datetime:
        """Wait until the restored table is there; says to which moment it was restored.

        Raises:
            CliError: it is of another moment than is asked for.
        """
        while True:
            table = self.found() or {}
            summary = table.get("RestoreSummary", {})
            point: datetime | None = summary.get("RestoreDateTime")
            if at is not None and point is not None and abs(point - at) >= timedelta(seconds=1):
                raise CliError(
                    f"{self.target} was restored to {second(point)}, not to {second(at)}.",
                    "Choose another name, or leave --at out to go on with that one.",
                    code=Exit.REFUSED,
                )
            if table.get("TableStatus") == "ACTIVE" and point is not None and not summary.get("RestoreInProgress"):
                return point
            self._sleep(POLL_SECONDS)

    def give_back(self) -> Iterator[str]:
        """Give the restored table what the restore left out; says what is there, one after the other."""
        wanted = self.kept(self.source)
        for field in fields(Kept):
            if getattr(self.kept(self.target), field.name) != getattr(wanted, field.name):
                _GIVE_BACK[field.name](self._client, self.target, wanted)
                self.wait(None)
            yield field.name

    def kept(self, name: str) -> Kept:
        """What a table has of what a restore leaves out."""
        table = self._describe(name) or {}
        expiry = self._client.describe_time_to_live(TableName=name)["TimeToLiveDescription"]
        backups = self._client.describe_continuous_backups(TableName=name)["ContinuousBackupsDescription"]
        points = backups.get("PointInTimeRecoveryDescription", {})
        tags = self._client.list_tags_of_resource(ResourceArn=table["TableArn"])["Tags"]
        stream = table.get("StreamSpecification", {})
        on = points.get("PointInTimeRecoveryStatus") == "ENABLED"
        return Kept(
            stream=stream["StreamViewType"] if stream.get("StreamEnabled") else "",
            expiry=expiry["AttributeName"] if expiry["TimeToLiveStatus"].startswith("ENABL") else "",
            recovery_days=points.get("RecoveryPeriodInDays", 35) if on else 0,
            protected=bool(table.get("DeletionProtectionEnabled")),
            tags={tag["Key"]: tag["Value"] for tag in tags},
        )

    def names(self, table: str) -> dict[str, str]:
        """The organizations of a table: ids by login name."""
        return names_in(self._client, table)

    def not_paused(self) -> list[str]:
        """The organizations of the present table that identity providers may write to."""
        table, found, after = OrganizationTable(self._client, self.source), list[str](), ""
        while True:
            organizations, following = table.organizations_after(after, _PAGE)
            found += [each.name for each in organizations if each.state == "active"]
            if following is None:
                return found
            after = following

    def carry_over(self, point: datetime, by: Operator, clock: Clock) -> Iterator[Since]:
        """Carry over what must not go back in time, organization by organization."""
        carry = CarryOver(self._client, self.source, self.target, point=point, by=by, clock=clock)
        for organization_id in self.names(self.target).values():
            if since := carry.carry(organization_id):
                yield since

    def _describe(self, name: str) -> Mapping[str, Any] | None:
        try:
            table: Mapping[str, Any] = self._client.describe_table(TableName=name)["Table"]
        except self._client.exceptions.ResourceNotFoundException:
            return None
        return table


def names_in(client: Any, table: str) -> dict[str, str]:
    """The organizations of a table: ids by login name."""
    names, found, after = OrganizationNames(client, table), dict[str, str](), ""
    while page := names.ids_after(after, _PAGE):
        found |= dict(page)
        after = page[-1][0]
    return found


def _stream(client: Any, table: str, wanted: Kept) -> None:
    specification = {"StreamEnabled": True, "StreamViewType": wanted.stream}
    client.update_table(TableName=table, StreamSpecification=specification)


def _expiry(client: Any, table: str, wanted: Kept) -> None:
    specification = {"Enabled": True, "AttributeName": wanted.expiry}
    client.update_time_to_live(TableName=table, TimeToLiveSpecification=specification)


def _recovery(client: Any, table: str, wanted: Kept) -> None:
    specification = {"PointInTimeRecoveryEnabled": True, "RecoveryPeriodInDays": wanted.recovery_days}
    client.update_continuous_backups(TableName=table, PointInTimeRecoverySpecification=specification)


def _protection(client: Any, table: str, wanted: Kept) -> None:
    client.update_table(TableName=table, DeletionProtectionEnabled=wanted.protected)


def _tags(client: Any, table: str, wanted: Kept) -> None:
    arn = client.describe_table(TableName=table)["Table"]["TableArn"]
    client.tag_resource(ResourceArn=arn, Tags=[{"Key": key, "Value": value} for key, value in wanted.tags.items()])


_GIVE_BACK: Final[Mapping[str, Callable[[Any, str, Kept], None]]] = {
    "stream": _stream,
    "expiry": _expiry,
    "recovery_days": _recovery,
    "protected": _protection,
    "tags": _tags,
}
"""By what of `Kept` each gives back."""


def second(time: datetime) -> str:
    """A moment as people read it."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"
