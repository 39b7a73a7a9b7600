# ruff: noqa: N818 - these are the keywords and status phrases of the protocol, and they read as such where raised
"""Every refusal of the SCIM language, as data.

A SCIM client reads three things from a failed request: the HTTP status, the `scimType` keyword and a sentence for its
administrator (RFC 7644 section 3.12). Each keyword and each status that is sent is one class here, so code says what
went wrong by raising, tests say what they expect by class, and the wire form is made in one place. Details name
attributes and positions; they never repeat values, which may be secret, personal or very long.
"""

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

ERROR_SCHEMA = "urn:ietf:params:scim:api:messages:2.0:Error"


class ScimError(Exception):
    """A request that is refused, with everything the answer needs.

    Args:
        detail: What is wrong, where, and what would be right; for humans, without values sent by the client.
        headers: HTTP headers that belong to the answer, such as `Allow` or `Retry-After`.
    """

    status: ClassVar[int] = 400
    scim_type: ClassVar[str | None] = None

    def __init__(self, detail: str, *, headers: Mapping[str, str] | None = None) -> None:
        super().__init__(detail)
        self.detail = detail
        self.headers: Mapping[str, str] = dict(headers or {})

    def __str__(self) -> str:
        """The detail, also where it was completed after raising."""
        return self.detail

    def to_message(self) -> dict[str, Any]:
        """The error as the JSON object of RFC 7644 section 3.12; `status` is a string there."""
        message: dict[str, Any] = {"schemas": [ERROR_SCHEMA], "status": str(self.status)}
        if self.scim_type is not None:
            message["scimType"] = self.scim_type
        message["detail"] = self.detail
        return message


class InvalidFilter(ScimError):
    """The filter cannot be parsed, or compares an attribute in a way its type does not allow.

    Args:
        detail: As in `ScimError`.
        position: Of what is wrong, counted from 1; None if the filter as a whole is.
    """

    scim_type = "invalidFilter"

    def __init__(self, detail: str, *, position: int | None = None) -> None:
        super().__init__(detail)
        self.position = position


class TooMany(ScimError):
    """The query yields, or would have to look at, more resources than the server is willing to process."""

    scim_type = "tooMany"


class Uniqueness(ScimError):
    """A value that must be unique is taken."""

    status = 409
    scim_type = "uniqueness"


class Mutability(ScimError):
    """The change is not compatible with the attribute's mutability, or would leave a required attribute unassigned."""

    scim_type = "mutability"


class InvalidSyntax(ScimError):
    """The body is not JSON, or not the message that belongs here."""

    scim_type = "invalidSyntax"


class InvalidPath(ScimError):
    """The path of a PATCH operation is malformed or names no attribute."""

    scim_type = "invalidPath"


class NoTarget(ScimError):
    """The path of a PATCH operation selects nothing that could be changed."""

    scim_type = "noTarget"


class InvalidValue(ScimError):
    """A required value is missing, or a value does not fit its attribute."""

    scim_type = "invalidValue"


class InvalidCursor(ScimError):
    """The cursor was not issued to this caller for this query (RFC 9865 section 2.1)."""

    scim_type = "invalidCursor"


class ExpiredCursor(ScimError):
    """The cursor is too old (RFC 9865 section 2.1)."""

    scim_type = "expiredCursor"


class InvalidCount(ScimError):
    """The count changed in the middle of a walk (RFC 9865 section 2.1)."""

    scim_type = "invalidCount"


class Unauthorized(ScimError):
    """No credentials, or none that are accepted.

    Args:
        detail: As in `ScimError`.
        challenge: The value of `WWW-Authenticate` (RFC 6750 section 3).
    """

    status = 401

    def __init__(self, detail: str, *, challenge: str = "Bearer") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": challenge})


class Forbidden(ScimError):
    """The credentials are good, but not for this."""

    status = 403


class NotFound(ScimError):
    """No such resource or endpoint."""

    status = 404


class MethodNotAllowed(ScimError):
    """The endpoint exists but does not answer this method.

    Args:
        detail: As in `ScimError`.
        allow: The methods it does answer, such as `("GET", "PUT")`.
    """

    status = 405

    def __init__(self, detail: str, *, allow: Iterable[str]) -> None:
        super().__init__(detail, headers={"Allow": ", ".join(allow)})


class Conflict(ScimError):
    """The request cannot be reconciled with the present state."""

    status = 409


class PreconditionFailed(ScimError):
    """`If-Match` names another version than the stored one."""

    status = 412


class PayloadTooLarge(ScimError):
    """The body, or the number of operations in it, exceeds a stated limit."""

    status = 413


class UnsupportedMediaType(ScimError):
    """The body is neither `application/scim+json` nor `application/json`."""

    status = 415


class TooManyRequests(ScimError):
    """The caller is faster than its limit.

    Args:
        detail: As in `ScimError`.
        retry_after: Whole seconds to wait; clients obey integers only.
    """

    status = 429

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})


class ServerError(ScimError):
    """Something broke that retrying will not mend."""

    status = 500


class NotImplementedByServer(ScimError):
    """A feature of the protocol this server does not offer."""

    status = 501


class Unavailable(ScimError):
    """Something broke on our side that retrying will mend.

    Args:
        detail: As in `ScimError`.
        retry_after: Whole seconds to wait.
    """

    status = 503

    def __init__(self, detail: str, *, retry_after: int) -> None:
        super().__init__(detail, headers={"Retry-After": str(retry_after)})
        self.retry_after = retry_after
