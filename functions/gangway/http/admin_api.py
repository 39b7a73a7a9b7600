"""The admin API: organizations and tokens, for operators.

API Gateway has verified the caller's signature and policy before anything arrives here; who it was is in the event and
goes, as the actor, into what is created and into the log. An event without a principal did not come through that door
and is refused. Answers are JSON, errors problem details (RFC 9457); a token's text appears in the answer that mints it
and nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from gangway.access.errors import AccessError
from gangway.http import admin_models as models
from gangway.http.admin_models import OrganizationView, TokenView, to_json
from gangway.http.body import parse_body
from gangway.http.failures import explain
from gangway.http.paths import canonical_segments
from gangway.http.problems import access_problem, scim_problem, validation_problem
from gangway.http.reply import Reply
from gangway.http.request import Request
from gangway.http.request_log import RequestLog
from gangway.http.routing import Route, RouteTable
from gangway.observability import describe_failure
from gangway.scim.errors import Forbidden, MethodNotAllowed, NotFound, ScimError
from gangway.scim.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from gangway.access.organizations import Organizations
    from gangway.access.tokens import Tokens
    from gangway.clock import Clock

JSON_MEDIA_TYPE = "application/json"
DOOR = ("admin", "v1")


@dataclass(frozen=True, slots=True)
class AdminCall:
    """One request of an operator."""

    request: Request
    actor: str
    """ARN of the AWS principal."""
    parameters: Mapping[str, str]

    def read[Model: models.AdminModel](self, model: type[Model]) -> Model:
        """The body, as a model."""
        return model.model_validate(parse_body(self.request, LIMITS.max_payload_size))


type AdminEndpoint = Callable[[AdminCall], Reply]


class AdminApi:
    """Answers the requests of operators."""

    def __init__(
        self, organizations: Organizations, tokens: Tokens, clock: Clock, *, public_url: str | None = None
    ) -> None:
        self._organizations = organizations
        self._tokens = tokens
        self._clock = clock
        self._public_url = public_url
        self._routes: RouteTable[AdminEndpoint] = RouteTable(
            [
                Route("/orgs", {"GET": self._list_organizations, "POST": self._create_organization}),
                Route("/orgs/{org}", {"GET": self._show_organization}),
                Route("/orgs/{org}/tokens", {"GET": self._list_tokens, "POST": self._mint_token}),
            ]
        )

    def handle(self, event: dict[str, Any], _context: object) -> dict[str, Any]:
        """Answer a REST proxy event."""
        request = Request.from_event(event)
        log = RequestLog(request)
        try:
            reply = self._answer(request, log)
        except AccessError as error:
            reply = access_problem(error)
        except ValidationError as error:
            reply = validation_problem(error)
        except ScimError as error:
            if error.__cause__ is not None:
                log.failed(describe_failure(error))
            reply = scim_problem(error)
        except Exception as error:
            log.failed(describe_failure(error))
            reply = scim_problem(explain(error))
        log.write(reply)
        return reply.to_proxy(request.request_id, with_body=request.method != "HEAD")

    def _answer(self, request: Request, log: RequestLog) -> Reply:
        if not request.principal:
            raise Forbidden("The admin API is for signed requests of AWS principals.")
        log.actor(request.principal)
        segments = canonical_segments(request.path) or ()
        match = self._routes.find(segments[len(DOOR) :]) if segments[: len(DOOR)] == DOOR else None
        if match is None:
            raise NotFound("There is no such endpoint.")
        log.route(match.route.template)
        endpoint = match.route.endpoint(request.method)
        if endpoint is None:
            raise MethodNotAllowed("The endpoint does not support this method.", allow=match.route.allowed)
        return endpoint(AdminCall(request, request.principal, match.parameters))

    def _list_organizations(self, _call: AdminCall) -> Reply:
        views = [OrganizationView.of(organization, self._public_url) for organization in self._organizations.list()]
        return _json(200, {"organizations": [to_json(view) for view in views]})

    def _create_organization(self, call: AdminCall) -> Reply:
        wanted = call.read(models.NewOrganization)
        organization = self._organizations.create(
            wanted.name, display_name=wanted.display_name, provider=wanted.provider, strict=wanted.strict
        )
        return _json(201, to_json(OrganizationView.of(organization, self._public_url)))

    def _show_organization(self, call: AdminCall) -> Reply:
        organization = self._organizations.get(call.parameters["org"])
        return _json(200, to_json(OrganizationView.of(organization, self._public_url)))

    def _list_tokens(self, call: AdminCall) -> Reply:
        organization, now = self._organizations.get(call.parameters["org"]), self._clock.now()
        views = [to_json(TokenView.of(record, now)) for record in self._tokens.list(organization)]
        return _json(200, {"tokens": views})

    def _mint_token(self, call: AdminCall) -> Reply:
        wanted = call.read(models.NewToken)
        organization = self._organizations.get(call.parameters["org"])
        minted = self._tokens.mint(
            organization, label=wanted.label, creator=call.actor, expires=wanted.expires, scopes=wanted.scopes
        )
        view = to_json(TokenView.of(minted.record, self._clock.now()))
        return _json(201, {**view, "token": minted.token})


def _json(status: int, body: Mapping[str, Any]) -> Reply:
    return Reply(status, body, media_type=JSON_MEDIA_TYPE)
