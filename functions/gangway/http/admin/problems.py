"""Errors of the admin API: problem details (RFC 9457).

The admin API is no SCIM; its clients are the CLI and scripts of operators. `type` and `title` are the same for all
problems of a kind; `detail` speaks about this case.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from gangway.http.reply import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError

    from gangway.scim.errors import ScimError

PROBLEM_MEDIA_TYPE = "application/problem+json"


class ProblemType(NamedTuple):
    """How an error of a use case is told; its message becomes the `detail`."""

    status: int
    kind: str
    """The `type`: a short relative reference that scripts may compare."""
    title: str


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


def scim_problem(error: ScimError) -> Reply:
    """What body, route or storage had to object, as they say it to SCIM clients."""
    return problem(error.status, error.detail, headers=error.headers)


def validation_problem(error: ValidationError) -> Reply:
    """A body or query that does not fit its model: one entry for each member that is wrong, without the values."""
    wrong = [
        {"pointer": "/" + "/".join(str(part) for part in fault["loc"]), "detail": fault["msg"]}
        for fault in error.errors(include_url=False, include_input=False, include_context=False)
    ]
    return problem(
        400, "The request does not have the form that is expected here.", kind="invalid-request", errors=wrong
    )


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
