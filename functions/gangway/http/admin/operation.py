"""What an area of the admin API is made of: operations, each declared once for everything that must agree about it.

The declaration of an operation is what the function routes and parses by, what the OpenAPI document says, and what the
three policies are held to: a body that is not declared cannot be read, and who may call is written beside what is
called. An area (organizations, tokens, …) is a module of its own that makes its `Area` from the use cases it is given;
`handlers.admin_api` puts them together.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from gangway.access.operator import Operator
from gangway.http.admin.models import AdminModel
from gangway.http.body import parse_body
from gangway.scim.limits import LIMITS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from gangway.http.admin.problems import ProblemType
    from gangway.http.reply import Reply
    from gangway.http.request import Request
    from gangway.http.routing import Route

type Role = Literal["support", "application"]
"""Who may call an operation besides operators, who may call all: support staff, and the company's own application."""

SUPPORT: frozenset[Role] = frozenset({"support"})
SUPPORT_AND_APPLICATION: frozenset[Role] = frozenset({"support", "application"})


SLICE_SECONDS = 5.0
"""How long one request goes on with long work; the caller sees progress, and asks for more."""
RESERVE_MS = 3_000
"""Time left for the answer and for what has been begun: nothing new is begun when the function has less."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of a route."""

    summary: str
    """A sentence in the imperative, for the OpenAPI document."""
    answer: Callable[[AdminCall], AdminModel | Reply | None]
    """Gives a model, which is sent as JSON; None, which is sent as 204; or a reply that is sent as it is."""
    body: type[AdminModel] | None = None
    """What the body must be; None: a body is not looked at."""
    query: type[AdminModel] | None = None
    """Parameters of the query; unknown ones are refused."""
    returns: type[AdminModel] | None = None
    """The model that is answered."""
    status: int = 200
    """Of the answer, when there is one to send."""
    roles: frozenset[Role] = frozenset()
    """Who else than operators may call it."""


@dataclass(frozen=True, slots=True)
class Area:
    """The routes of one subject."""

    name: str
    """Groups the operations in the OpenAPI document."""
    routes: Sequence[Route[Operation]]
    problems: Mapping[type[Exception], ProblemType] = field(default_factory=dict)
    """How the errors of its use cases are told."""


@dataclass(frozen=True, slots=True)
class AdminCall:
    """One request of an operator."""

    request: Request
    actor: str
    """ARN of the AWS principal who asked."""
    parameters: Mapping[str, str]
    """Values of the placeholders in the route's template."""
    operation: Operation
    begun: float
    """When it arrived, by a clock that never goes back, in seconds."""
    remaining_ms: Callable[[], int]
    """Milliseconds until the function is stopped."""
    count: Callable[[str], None]
    """Counts a metric up."""

    @property
    def operator(self) -> Operator:
        """Who asked, for use cases that write."""
        return Operator(self.actor, self.request.request_id)

    def has_time(self) -> bool:
        """Whether another step of long work may be begun: it is done in slices that answer with a cursor."""
        return time.monotonic() - self.begun < SLICE_SECONDS and self.remaining_ms() > RESERVE_MS

    def body[Model: AdminModel](self, model: type[Model]) -> Model:
        """The body, as the model that the operation declares.

        Raises:
            ValidationError: it does not fit.
            ScimError: it is no JSON object, or too large.
        """
        if model is not self.operation.body:
            raise TypeError(f"{self.operation.summary!r} does not declare a body of {model.__name__}")
        return model.model_validate(parse_body(self.request, LIMITS.max_payload_size))

    def query[Model: AdminModel](self, model: type[Model]) -> Model:
        """The query's parameters, as the model that the operation declares; one that is given twice is a list.

        Raises:
            ValidationError: a parameter is unknown or does not fit.
        """
        if model is not self.operation.query:
            raise TypeError(f"{self.operation.summary!r} does not declare a query of {model.__name__}")
        given = self.request.query.items()
        return model.model_validate({name: values[0] if len(values) == 1 else values for name, values in given})
