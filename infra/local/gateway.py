"""The front of a local stack: takes an HTTP request through what API Gateway does before and after a function.

In API Gateway's order: find API and method, authorize, validate, invoke, pass the answer on. Whatever goes wrong
on the way becomes the gateway response that AWS would choose, from the API's own declaration.
"""

from __future__ import annotations

import logging
import uuid
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from infra.local.event import Arrival, proxy_event
from infra.local.functions import FunctionError, IntegrationTimeoutError
from infra.local.made_up import ACCOUNT, arn
from infra.local.responses import PAYLOAD_LIMIT, MalformedResponseError, function_response, gateway_response
from infra.local.sigv4 import SignatureError, verify
from infra.stack import iam_evaluation

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from infra.local.emulator import Credentials
    from infra.local.exchange import Request, Response
    from infra.local.rest_api import Match, RestApi

REQUEST_LIMIT = 10 * 1024 * 1024
"""Bytes of body that API Gateway takes."""

_log = logging.getLogger(__name__)


class Invocable(Protocol):
    """A function the gateway can call."""

    def invoke(self, event: Any, *, request_id: str | None = None, wait: float | None = None) -> Any:
        """Call it and return its result."""


ALLOW_EVERYTHING: Mapping[str, Any] = {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody who can sign requests, and the IAM policies that say what they may do."""

    credentials: Credentials
    arn: str = f"arn:aws:iam::{ACCOUNT}:user/local"
    policies: tuple[Mapping[str, Any], ...] = (ALLOW_EVERYTHING,)

    def identity(self) -> dict[str, str]:
        """The members of an event's `identity` that say who signed the request."""
        name = self.arn.rpartition("/")[2]
        key = self.credentials.access_key_id
        return {"accountId": ACCOUNT, "accessKey": key, "userArn": self.arn, "caller": name, "user": name}


class Gateway:
    """Answers requests to all APIs of a stack under one name.

    Args:
        apis: in the order in which their paths are tried; the first also answers for paths that nobody has.
        functions: by name.
        domain_name: the name the APIs are published under.
        principals: who may sign requests, by access key id.
        now: the time in UTC.
    """

    def __init__(
        self,
        apis: Sequence[RestApi],
        functions: Mapping[str, Invocable],
        domain_name: str,
        principals: Mapping[str, Principal],
        *,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._apis = apis
        self._functions = functions
        self._domain_name = domain_name
        self._principals = principals
        self._now = now

    def handle(self, request: Request) -> Response:
        """Answer one request; never raises for what a client or a function does."""
        request_id = str(uuid.uuid4())
        for api in self._apis:
            if match := api.match(request.method, request.path):
                return self._through(api, match, request, request_id)
        api = next((api for api in self._apis if api.serves(request.path)), self._apis[0])
        return gateway_response(api, "MISSING_AUTHENTICATION_TOKEN", request_id)

    def too_large(self, path: str) -> Response:
        """The answer to a request whose body is larger than REQUEST_LIMIT, which nobody should read."""
        api = next((api for api in self._apis if api.serves(path)), self._apis[0])
        return gateway_response(api, "REQUEST_TOO_LARGE", str(uuid.uuid4()))

    def _through(self, api: RestApi, match: Match, request: Request, request_id: str) -> Response:
        principal: Principal | None = None
        if match.method.signed:
            try:
                principal = self._authenticated(request)
            except SignatureError as error:
                return gateway_response(api, error.kind, request_id)
            if not self._allowed(principal, api, request):
                return gateway_response(api, "ACCESS_DENIED", request_id)
        if any(not (request.header(name) or "").strip() for name in match.method.required_headers):
            return gateway_response(api, "BAD_REQUEST_PARAMETERS", request_id)
        if len(request.body) > PAYLOAD_LIMIT:
            return gateway_response(api, "REQUEST_TOO_LARGE", request_id)
        arrival = Arrival(request_id, self._now(), self._domain_name, principal.identity() if principal else None)
        return self._invoke(api, match, proxy_event(api, match, request, arrival), request_id)

    def _authenticated(self, request: Request) -> Principal:
        keys = {key: principal.credentials for key, principal in self._principals.items()}
        return self._principals[verify(request, keys, self._now())]

    def _allowed(self, principal: Principal, api: RestApi, request: Request) -> bool:
        wanted = iam_evaluation.Request(
            "execute-api:Invoke",
            arn("execute-api", f"{api.id}/{api.stage}/{request.method}{request.path}"),
            {"aws:PrincipalAccount": [ACCOUNT], "aws:PrincipalArn": [principal.arn]},
        )
        policies = [*principal.policies, *([api.policy] if api.policy else [])]
        return iam_evaluation.evaluate(policies, wanted) is iam_evaluation.Decision.ALLOWED

    def _invoke(self, api: RestApi, match: Match, event: Mapping[str, Any], request_id: str) -> Response:
        function = self._functions.get(match.method.function)
        if function is None:
            _log.warning("%s has no function %s", match.method.resource, match.method.function)
            return gateway_response(api, "API_CONFIGURATION_ERROR", request_id)
        try:
            result = function.invoke(event, request_id=str(uuid.uuid4()), wait=match.method.timeout_seconds)
            return function_response(result, request_id)
        except IntegrationTimeoutError:
            return gateway_response(api, "INTEGRATION_TIMEOUT", request_id)
        except FunctionError:
            return gateway_response(api, "DEFAULT_5XX", request_id)
        except MalformedResponseError as error:
            _log.warning("%s: %s", match.method.function, error)
            return gateway_response(api, "DEFAULT_5XX", request_id)
