"""Errors of the admin API: problem details (RFC 9457).

The admin API is no SCIM; its clients are the CLI and scripts of operators. `type` is a short relative reference that
scripts may compare; `title` never changes; `detail` speaks about this case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gangway.access import errors
from gangway.http.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

    from gangway.scim.errors import ScimError

PROBLEM_MEDIA_TYPE = "application/problem+json"

_PROBLEMS: Mapping[type[errors.AccessError], tuple[int, str, str]] = {
    errors.InvalidOrganizationName: (400, "invalid-organization-name", "The name cannot be that of an organization"),
    errors.InvalidToken: (400, "invalid-token", "There can be no such token"),
    errors.UnknownOrganization: (404, "unknown-organization", "There is no such organization"),
    errors.UnknownToken: (404, "unknown-token", "There is no such token"),
    errors.OrganizationNameTaken: (409, "organization-name-taken", "The name is taken"),
    errors.TokenLimitReached: (409, "token-limit-reached", "The organization has as many live tokens as it may have"),
    errors.VaultFull: (507, "vault-full", "The token vault has no room for this token"),
}
_TITLES = {
    400: "The request cannot be understood",
    403: "Not permitted",
    404: "Not found",
    405: "The method is not supported here",
    413: "The request is too large",
    415: "The media type is not supported",
    500: "The server failed",
    503: "Not available at the moment",
}


def access_problem(error: errors.AccessError) -> Reply:
    """What went wrong with an organization or token."""
    status, kind, title = _PROBLEMS[type(error)]
    return problem(status, str(error), kind=kind, title=title)


def scim_problem(error: ScimError) -> Reply:
    """What body, route or storage had to object, as they say it to SCIM clients."""
    return problem(error.status, error.detail, headers=error.headers)


def validation_problem(error: ValidationError) -> Reply:
    """A body that does not fit its model: one entry for each member that is wrong, without the values."""
    wrong = [
        {"pointer": "/" + "/".join(str(part) for part in fault["loc"]), "detail": fault["msg"]}
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return problem(400, "The body does not have the form that is expected here.", kind="invalid-body", errors=wrong)


def problem(
    status: int,
    detail: str,
    *,
    kind: str = "about:blank",
    title: str | None = None,
    headers: Mapping[str, str] | None = None,
    **members: Any,
) -> Reply:
    """A problem document."""
    body = {"type": kind, "title": title or _TITLES.get(status, "Error"), "status": status, "detail": detail, **members}
    return Reply(status, body, headers or {}, media_type=PROBLEM_MEDIA_TYPE)
