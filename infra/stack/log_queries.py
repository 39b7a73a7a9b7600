"""Saved queries for CloudWatch Logs Insights: the questions that support and operators ask.

They are written for the lines that the functions print, which hold no personal data, so whoever may run them learns
ids, names of organizations' keys, routes and codes only. Lines about requests say `request`; what else a group may hold
(a start that failed, a time-out) is told by Lambda itself and is what `crashes` finds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Query:
    """A question and the functions whose logs answer it."""

    text: str
    functions: Sequence[str]


APIS = ("scim-api", "admin-api")
BACKGROUND = ("change-relay", "housekeeper", "webhook-dispatcher", "token-compactor")

QUERIES: Mapping[str, Query] = {
    "failed requests": Query(
        "fields @timestamp, organization, keyId, method, route, status, failure.errors.0, requestId\n"
        '| filter message = "request" and (status >= 500 or reason = "fault of ours")\n'
        "| sort @timestamp desc | limit 200",
        APIS,
    ),
    "refused tokens": Query(
        "fields @timestamp, authentication, claimedKeyId, route, requestId\n"
        '| filter message = "request" and status = 401\n'
        "| stats count() as requests, latest(@timestamp) as last by authentication, claimedKeyId\n"
        "| sort requests desc",
        ("scim-api",),
    ),
    "one organization": Query(
        "# Put the organization's id in; `gangway org show NAME` tells it.\n"
        "fields @timestamp, method, route, status, scimType, Duration, requestId\n"
        '| filter message = "request" and organization = "ID"\n'
        "| sort @timestamp desc | limit 500",
        APIS,
    ),
    "organizations by requests": Query(
        'filter message = "request" and ispresent(organization)\n'
        "| stats count() as requests, sum(status >= 400) as refused, pct(Duration, 99) as p99 by organization\n"
        "| sort requests desc",
        ("scim-api",),
    ),
    "slow requests": Query(
        'filter message = "request"\n'
        "| stats count() as requests, pct(Duration, 50) as p50, pct(Duration, 99) as p99 by method, route\n"
        "| sort p99 desc",
        APIS,
    ),
    "dialects": Query(
        'filter message = "request" and ispresent(dialectRules)\n'
        "| fields organization, dialectRules\n"
        "| stats count() as requests by organization",
        ("scim-api",),
    ),
    "crashes": Query(
        "fields @timestamp, @log, level, message, errorType, errorMessage, type, record.status, requestId\n"
        '| filter ispresent(errorType) or level = "ERROR" or record.status like /timeout|error|failure/\n'
        "| sort @timestamp desc | limit 200",
        (*APIS, *BACKGROUND, "webhook-sender"),
    ),
    "cold starts": Query(
        'filter message = "request"\n'
        "| stats sum(ispresent(coldStart)) as starts, count() as requests by bin(1h)\n"
        "| sort starts desc",
        ("scim-api",),
    ),
}
"""By name."""
