"""The admin API: from proxy event to proxy answer, for operators.

API Gateway has verified the caller's signature and policy before anything arrives here; who it was is in the event and
goes, as the actor, into what is created and into the log. An event without a principal did not come through that door
and is refused. Answers are JSON, errors problem details (RFC 9457).
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Protocol

from pydantic import ValidationError

from gangway.access.errors import VaultUnavailable
from gangway.http.admin.areas import AreaOnDemand, subject_of
from gangway.http.admin.models import to_json
from gangway.http.admin.operation import SUPPORT_AND_APPLICATION, AdminCall, Area, Operation
from gangway.http.admin.problems import problem, scim_problem, validation_problem
from gangway.http.failures import explain
from gangway.http.paths import canonical_segments
from gangway.http.reply import Reply
from gangway.http.request import Request
from gangway.http.request_log import VAULT_FAILURES, RequestLog
from gangway.http.routing import Match, Route
from gangway.observability import describe_failure
from gangway.scim.errors import Forbidden, MethodNotAllowed, NotFound, ScimError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gangway.http.admin.models import AdminModel

JSON_MEDIA_TYPE = "application/json"
DOOR = ("admin", "v1")
DOCUMENT_PATH = "/openapi.json"


class LambdaContext(Protocol):
    """What this room uses of Lambda's context object."""

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is stopped."""
        ...


class AdminApi:
    """Answers the requests of operators."""

    def __init__(self, areas: Iterable[AreaOnDemand]) -> None:
        about_itself = Operation("Describe this API.", self._describe, roles=SUPPORT_AND_APPLICATION)
        itself = Area("API", [Route(DOCUMENT_PATH, {"GET": about_itself})])
        self.on_demand = (*areas, AreaOnDemand(DOCUMENT_PATH.strip("/"), lambda: itself))
        self._by_subject = {subject: each for each in self.on_demand for subject in each.subjects}

    @property
    def areas(self) -> tuple[Area, ...]:
        """All areas."""
        return tuple(each.area for each in self.on_demand)

    def handle(self, event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
        """Answer a REST proxy event."""
        request = Request.from_event(event)
        log = RequestLog(request)
        try:
            reply = self._answer(request, context, log)
        except ValidationError as error:
            reply = validation_problem(error)
        except ScimError as error:
            if isinstance(error, VaultUnavailable):
                log.count(VAULT_FAILURES)
            if error.__cause__ is not None:
                log.failed(describe_failure(error))
            reply = scim_problem(error)
        except Exception as error:
            reply = self._explained(error, log)
        log.write(reply)
        return reply.to_proxy(request.request_id, with_body=request.method != "HEAD")

    def _answer(self, request: Request, context: LambdaContext, log: RequestLog) -> Reply:
        if not request.principal:
            raise Forbidden("The admin API is for signed requests of AWS principals.")
        log.actor(request.principal)
        segments = canonical_segments(request.path) or ()
        match = self._find(segments[len(DOOR) :]) if segments[: len(DOOR)] == DOOR else None
        if match is None:
            raise NotFound("There is no such endpoint.")
        log.route(match.route.template)
        operation = match.route.endpoint(request.method)
        if operation is None:
            raise MethodNotAllowed("The endpoint does not support this method.", allow=match.route.allowed)
        call = AdminCall(
            request=request,
            actor=request.principal,
            parameters=match.parameters,
            operation=operation,
            begun=time.monotonic(),
            remaining_ms=context.get_remaining_time_in_millis,
            count=log.count,
        )
        answer = operation.answer(call)
        return answer if isinstance(answer, Reply) else _reply(operation.status, answer)

    def _find(self, segments: tuple[str, ...]) -> Match[Operation] | None:
        on_demand = self._by_subject.get(subject_of(segments))
        return on_demand.routes.find(segments) if on_demand else None

    def _explained(self, error: Exception, log: RequestLog) -> Reply:
        likely_first = sorted(self.on_demand, key=lambda each: not each.is_made)
        problems = (each.area.problems.get(kind) for each in likely_first for kind in type(error).__mro__)
        known = next((found for found in problems if found), None)
        if known is not None:
            return problem(known.status, str(error), kind=known.kind, title=known.title)
        log.failed(describe_failure(error))
        return scim_problem(explain(error))

    def _describe(self, _call: AdminCall) -> Reply:
        from gangway.http.admin.openapi import document  # noqa: PLC0415 - asked for once in a while, costs each start

        return Reply(200, document(self.areas), media_type=JSON_MEDIA_TYPE)


def _reply(status: int, answer: AdminModel | None) -> Reply:
    return Reply(204) if answer is None else Reply(status, to_json(answer), media_type=JSON_MEDIA_TYPE)
