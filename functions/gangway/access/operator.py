"""Who administers: an AWS principal, by one request.

Everything that is done to organizations and tokens is done by somebody, and the events say by whom; so every use case
that writes wants an operator, and there is none by default.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from gangway.changes.event import Cause


@dataclass(frozen=True, slots=True)
class Operator:
    """The author of an administrative change."""

    principal: str
    """ARN of the AWS principal, or the name of the part of Gangway that acts by itself."""
    request_id: str
    """Id of the request, as in its answer's headers and in the log."""

    def cause(self, organization_id: str, at: datetime) -> Cause:
        """What the events of a change share."""
        time = at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        return Cause(organization_id, self.principal, self.request_id, time)
