"""DynamoDB in the name of one organization, so that IAM, too, keeps its items apart from everybody else's.

The guard in `gangway.storage.guard` is code of ours; this is the wall behind it, for stacks that ask for one. There the
function's own role has no way into the directory. It may take the data role, but only with an organization's id as the
session tag `organization`, and that role's policy admits partition keys that begin with the tag and nothing else. Code
that got round the guard would still reach one organization only: the one whose token was just verified.

A session costs one call of STS, so it is kept for as long as AWS lets it last. One function runs one request at a time
(https://docs.aws.amazon.com/lambda/latest/dg/lambda-concurrency.html), so what is kept here needs no lock.
"""

from __future__ import annotations

from collections import OrderedDict
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from gangway.scim.errors import Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from types_boto3_dynamodb import DynamoDBClient

    from gangway.clock import Clock

TAG: Final = "organization"
"""Key of the session tag; policies know it as `aws:PrincipalTag/organization`."""
SESSION_SECONDS: Final = 3600
"""AWS lets a role that another role takes last no longer."""
RENEWED_BEFORE: Final = timedelta(minutes=5)
"""How long before its end a session is renewed, so that none ends in the middle of a request."""
MAX_SESSIONS: Final = 64
"""Kept by one running function; a client takes about a quarter of a megabyte."""


class _Session(NamedTuple):
    client: DynamoDBClient
    ends: datetime


class DataSessions:
    """Sessions of the data role, one for each organization that this function has lately worked for."""

    def __init__(
        self,
        sts: Any,
        data_role: str,
        connect: Callable[[Mapping[str, Any]], DynamoDBClient],
        clock: Clock,
    ) -> None:
        """Wire it; nothing is called yet.

        Args:
            sts: a client of STS.
            data_role: ARN of the role to take.
            connect: makes a DynamoDB client of credentials as STS describes them.
            clock: tells when a session ends.
        """
        self._sts = sts
        self._data_role = data_role
        self._connect = connect
        self._clock = clock
        self._kept: OrderedDict[str, _Session] = OrderedDict()

    def client(self, organization_id: str) -> DynamoDBClient:
        """The DynamoDB client that reaches the items of one organization and no others.

        Args:
            organization_id: of an organization whose token has been verified.

        Raises:
            Unavailable: STS cannot be reached or refuses, and no session is left that still lasts.
        """
        kept, now = self._kept.get(organization_id), self._clock.now()
        if kept is None or now >= kept.ends - RENEWED_BEFORE:
            try:
                kept = self._kept[organization_id] = self._begin(organization_id)
            except (ClientError, BotoCoreError) as error:
                if kept is None or now >= kept.ends:
                    raise Unavailable("The directory cannot be reached at the moment.", retry_after=5) from error
        self._kept.move_to_end(organization_id)
        if len(self._kept) > MAX_SESSIONS:
            self._kept.popitem(last=False)
        return kept.client

    def _begin(self, organization_id: str) -> _Session:
        credentials = self._sts.assume_role(
            RoleArn=self._data_role,
            # CloudTrail shows it beside every call, so a call can be traced to the organization it was made for.
            RoleSessionName=f"{TAG}-{organization_id}",
            DurationSeconds=SESSION_SECONDS,
            Tags=[{"Key": TAG, "Value": organization_id}],
        )["Credentials"]
        return _Session(self._connect(credentials), credentials["Expiration"])
