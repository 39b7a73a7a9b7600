"""The SCIM API: from proxy event to proxy answer.

Deny by default: the order is path, authentication, rate limit, route, scopes, and only then query and body, all in
`_answer`; there is no other way in, and no list of paths that are exempt. (Which route it would be is looked up first,
for the log.) Whatever is raised on the way becomes a SCIM
error: what the rooms raise as one as it is, anything else as a 503 or a 500 whose stack is in the log only.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol
from urllib.parse import urlsplit

from gangway.access.authentication import AuthenticationFailed, OrganizationPaused
from gangway.access.errors import VaultUnavailable
from gangway.access.providers import PROVIDERS
from gangway.diagnosis.shapes import path_shape
from gangway.directory.context import RequestContext
from gangway.http.call import Call
from gangway.http.failures import explain
from gangway.http.paths import canonical_segments, scim_path
from gangway.http.reply import Reply, error_reply
from gangway.http.request import Request
from gangway.http.request_log import FAULT, MEMBERS_SKIPPED, PAUSED, TOO_MANY, VAULT_FAILURES, RequestLog
from gangway.http.scim_routes import scim_routes
from gangway.observability import describe_failure
from gangway.scim.dialect import Dialect
from gangway.scim.errors import MethodNotAllowed, NotFound, ScimError, TooManyRequests, Unavailable

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.access.authentication import Authenticator, Caller
    from gangway.access.rate_limit import RateLimit
    from gangway.directory.resources import Directory
    from gangway.http.failure_log import FailureLog
    from gangway.http.paths import ScimPath
    from gangway.scim.schema import Registry

SERVER_ERROR = 500
MIN_REMAINING_MS = 3000
"""Work that is begun later than this before the function is stopped might not be finished."""


class LambdaContext(Protocol):
    """What this room uses of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        ...


class ScimApi:
    """Answers the requests of identity providers."""

    def __init__(
        self,
        *,
        registry: Registry,
        authenticator: Authenticator,
        rate_limit: RateLimit,
        open_directory: Callable[[RequestContext], Directory],
        failures: FailureLog,
        public_url: str | None = None,
        tombstone_days: int = 30,
    ) -> None:
        """Wire the API.

        Args:
            registry: schemas and resource types.
            authenticator: checks tokens.
            rate_limit: counts requests.
            open_directory: gives the directory of a caller.
            failures: keeps what failed.
            public_url: URL in front of the doors; None: the gateway's own.
            tombstone_days: for how long a deleted user can come back, where the organization does not say.
        """
        self._registry = registry
        self._routes = scim_routes(registry)
        self._words = {word for route in self._routes.routes for word in route.segments if not word.startswith("{")}
        self._authenticator = authenticator
        self._rate_limit = rate_limit
        self._open_directory = open_directory
        self._failures = failures
        self._public_url = public_url.rstrip("/") if public_url else None
        self._tombstone_days = tombstone_days
        self._cold = True
        self._prefix = urlsplit(self._public_url).path if self._public_url else ""

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer a REST proxy event."""
        request = Request.from_event(event)
        log = RequestLog(request)
        if self._cold:
            self._cold = False
            log.cold_start()
        try:
            reply = self._answer(request, context, log)
        except ScimError as error:
            reply = _refusal(error, log)
        except Exception as error:
            reply = _told(_explained(error, log), log)
        self._failures.look_at(log, reply)
        log.write(reply)
        return reply.to_proxy(request.request_id, with_body=request.method != "HEAD")

    def _answer(self, request: Request, context: LambdaContext, log: RequestLog) -> Reply:
        segments = canonical_segments(request.path, self._prefix)
        path = scim_path(segments) if segments is not None else None
        match = self._routes.find(path.segments) if path else None
        log.route(match.route.template if match else path_shape(path.segments if path else None, self._words))
        caller = self._authenticator.authenticate(
            request.headers.get("authorization", ()),
            organization_name=path.organization_name if path else None,
            provider=path.provider if path else None,
            source_address=request.source_address,
        )
        log.caller = caller
        self._rate_limit.admit(caller.organization)
        if path is None or match is None:
            raise NotFound("There is no such endpoint.")
        log.resource(match.parameters.get("id"))
        if request.method == "OPTIONS":
            return Reply(204, headers={"Allow": ", ".join(match.route.allowed)})
        endpoint = match.route.endpoint(request.method)
        if endpoint is None:
            raise MethodNotAllowed("The endpoint does not support this method.", allow=match.route.allowed)
        caller.require(write=endpoint.writes, resource_types=endpoint.resource_types)
        if context.get_remaining_time_in_millis() < MIN_REMAINING_MS:
            raise Unavailable("There is not enough time left to answer; try again.", retry_after=1)
        call = self._call(request, caller, path, match.parameters, context, log)
        log.dialect(call.context.dialect)
        return endpoint.answer(call)

    def _call(
        self,
        request: Request,
        caller: Caller,
        path: ScimPath,
        parameters: dict[str, str],
        context: LambdaContext,
        log: RequestLog,
    ) -> Call:
        organization, days = caller.organization, caller.organization.tombstone_days
        return Call(
            request=request,
            caller=caller,
            context=RequestContext(
                organization_id=organization.id,
                request_id=request.request_id,
                actor=caller.key_id,
                base_url=(self._public_url or request.gateway_url) + path.door,
                cursor_key=caller.cursor_key,
                dialect=Dialect(organization.profile),
                unknown_members=organization.unknown_members,
                required_attributes=organization.required_attributes,
                remaining_ms=context.get_remaining_time_in_millis,
                tombstone_days=self._tombstone_days if days is None else days,
                unique_group_names=organization.unique_group_names,
                initial_sync=caller.initial_sync,
                skipped_members=lambda number: log.count(MEMBERS_SKIPPED, number),
            ),
            parameters=parameters,
            registry=self._registry,
            open_directory=self._open_directory,
            explain_failure=lambda error: _explained(error, log),
        )


def _explained(error: Exception, log: RequestLog) -> ScimError:
    log.failed(describe_failure(error))
    return explain(error)


def _refusal(error: ScimError, log: RequestLog) -> Reply:
    if isinstance(error, AuthenticationFailed):
        log.refusal = error
    elif isinstance(error, OrganizationPaused):
        log.caller, log.reason = error.caller, PAUSED
    elif error.status >= SERVER_ERROR and error.__cause__ is not None:
        log.failed(describe_failure(error))
    if isinstance(error, VaultUnavailable):
        log.count(VAULT_FAILURES)
    return _told(error, log)


def _told(error: ScimError, log: RequestLog) -> Reply:
    """The answer; to a client that would not try again after 503, as the status after which it does."""
    if isinstance(error, Unavailable):
        log.reason = log.reason or FAULT
        if log.caller is not None and PROVIDERS[log.caller.organization.provider].repeats_after == TOO_MANY:
            return error_reply(TooManyRequests(error.detail, retry_after=error.retry_after))
    return error_reply(error)
