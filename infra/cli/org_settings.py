"""The options that set an organization up: declared once for the commands that create and change it."""

from __future__ import annotations

import inspect
from enum import StrEnum
from functools import wraps
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from gangway.access.providers import PROVIDERS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from infra.cli.output import Json

Provider = StrEnum("Provider", {name: name for name in PROVIDERS})  # type: ignore[misc]  # a name for each provider


class UnknownMembers(StrEnum):
    """What happens to members of a group that the directory does not know."""

    REFUSE = "refuse"
    SKIP = "skip"


DisplayName = Annotated[str | None, typer.Option("--display-name", "-d", help="What people call it.")]
ProviderOption = Annotated[
    Provider | None,
    typer.Option("--provider", "-p", help="Its identity provider: picks the URL form, guide and dialect."),
]
Strict = Annotated[
    bool | None,
    typer.Option("--strict/--lenient", help="Accept only what the RFCs allow. New organizations are lenient."),
]
Members = Annotated[
    UnknownMembers | None,
    typer.Option(
        help="Members of a group that do not exist: refuse the request, or skip them. New organizations refuse, those "
        "of Okta skip."
    ),
]
Require = Annotated[
    list[str] | None,
    typer.Option("--require", metavar="ATTRIBUTE", help="User attribute that a create must have. Repeatable."),
]
TokenLimit = Annotated[int | None, typer.Option(help="Tokens that may be live at once; 2 in new organizations.")]
RateLimit = Annotated[int | None, typer.Option(help="Requests a second; 0: as the stack says.")]
TombstoneDays = Annotated[
    int | None, typer.Option(help="Days in which a deleted user who returns is restored; -1: as the stack says.")
]
TwinNames = Annotated[
    bool | None,
    typer.Option("--twin-group-names/--unique-group-names", help="Whether groups may share a name."),
]
FailureDays = Annotated[
    int | None, typer.Option(help="Days for which failed requests are kept; 30 in new organizations.")
]

OPTIONS: Final[Mapping[str, Any]] = {
    "display_name": DisplayName,
    "provider": ProviderOption,
    "strict": Strict,
    "unknown_members": Members,
    "require": Require,
    "token_limit": TokenLimit,
    "rate_limit": RateLimit,
    "tombstone_days": TombstoneDays,
    "twin_group_names": TwinNames,
    "failure_days": FailureDays,
}


def takes_settings(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command all options above; what they say reaches its parameter `settings` as a body for the admin API."""

    @wraps(command)
    def asked(**given: Any) -> None:
        settings = _body({name: given.pop(name) for name in OPTIONS})
        command(**given, settings=settings)

    # typer reads signature and annotations; those of the command itself are around the options.
    own = [p for p in inspect.signature(command, eval_str=True).parameters.values() if p.name != "settings"]
    options = [
        inspect.Parameter(n, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=a) for n, a in OPTIONS.items()
    ]
    first = [p for p in own if p.kind is not inspect.Parameter.KEYWORD_ONLY]
    parameters = [*first, *options, *own[len(first) :]]
    asked.__dict__["__signature__"] = inspect.Signature(parameters)
    asked.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return asked


def _body(given: Mapping[str, Any]) -> Json:
    """The members of the body for the options that were given."""
    unset = {"tombstone_days": -1, "rate_limit": 0}
    members = {
        "displayName": given["display_name"],
        "provider": given["provider"],
        "strict": given["strict"],
        "unknownMembers": given["unknown_members"],
        "requiredAttributes": [each for each in given["require"] if each] if given["require"] else None,
        "tokenLimit": given["token_limit"],
        "failureDays": given["failure_days"],
        "uniqueGroupNames": None if given["twin_group_names"] is None else not given["twin_group_names"],
    }
    body = {name: value for name, value in members.items() if value is not None}
    for name, member in (("rate_limit", "rateLimit"), ("tombstone_days", "tombstoneDays")):
        if given[name] is not None:
            body[member] = None if given[name] == unset[name] else given[name]
    return body
