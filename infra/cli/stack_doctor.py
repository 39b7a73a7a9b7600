"""`gangway doctor --stack`: hold what was assumed about AWS against the stack that is there.

The gateway's manners can be seen without a token. With an organization, a token is minted for minutes and the rows are
checked that need one; no organization is picked, since a token shows in its list and a user in its log. What was not or
cannot be checked is listed with what would settle it, so that nobody takes silence for a yes.
"""

from __future__ import annotations

from contextlib import ExitStack
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from rich.text import Text

from infra.cli.brief_token import token_for_minutes
from infra.cli.errors import CliError, Exit
from infra.cli.output import Output, console, note, printable, show_json
from infra.cli.scim_client import UnreachableError
from infra.cli.stack_by_hand import BY_HAND
from infra.cli.stack_checks import CHECKS, Check, Doors

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from infra.cli.admin import AdminClient

NOBODY = "gangway-doctor"
"""Name of an organization that need not exist: a wrong token learns nothing about any."""


@dataclass(frozen=True, slots=True)
class Result:
    """What a check found; `problems` is empty when all is as assumed."""

    rows: tuple[str, ...]
    name: str
    problems: tuple[str, ...]


def examine(client: AdminClient, found: Mapping[str, Any] | None, extra: Mapping[str, Any], output: Output) -> None:
    """Check a stack and report.

    Args:
        client: signs for the stack's admin API.
        found: the organization to mint a token for, as the admin API answers it; None: nothing that needs a token.
        extra: user attributes that it requires.
        output: for people or scripts.

    Raises:
        CliError: something is not as assumed (PROBLEMS), or cannot be asked.
    """
    name = str(found["name"]) if found else NOBODY
    doors = Doors(_stage_url(client, found), name, client, extra=extra)
    results: list[Result] = []
    with ExitStack() as lent:
        for needs_token in (False, True) if found else (False,):
            if needs_token:
                doors = replace(doors, token=lent.enter_context(token_for_minutes(client, name, None)))
            for result in examined(doors, [check for check in CHECKS if check.needs_token is needs_token]):
                results.append(result)
                if output is Output.TEXT:
                    _show(result)
    left = by_hand(with_token=found is not None)
    if output is Output.JSON:
        show_json({"checks": [asdict(result) for result in results], "byHand": left})
    else:
        _show_by_hand(left)
    failed = [result for result in results if result.problems]
    if failed:
        raise CliError(
            f"{len(failed)} of {len(results)} checks found the stack otherwise, first {', '.join(failed[0].rows)}: "
            f"{failed[0].problems[0]}.",
            "What follows from it stands in the row of that id in docs/aws-assumptions.md.",
            code=Exit.PROBLEMS,
        )
    note(f"All {len(results)} checks are as assumed, at {doors.stage_url}; {len(left)} rows are left to do by hand.")


def examined(doors: Doors, checks: Sequence[Check] = CHECKS) -> Iterator[Result]:
    """Carry out checks, all of them whatever they find: each assumption stands by itself."""
    for check in checks:
        try:
            problems = tuple(check.problems(doors))
        except UnreachableError as error:
            message = f"{doors.stage_url} cannot be reached: {error}."
            raise CliError(message, "Check its host name, the network, and that it speaks HTTPS.") from None
        yield Result(check.rows, check.name, problems)


def by_hand(*, with_token: bool) -> dict[str, str]:
    """What is left to do, by row."""
    left = dict(BY_HAND)
    if not with_token:
        for row in (row for check in CHECKS if check.needs_token for row in check.rows):
            left[row] = "; ".join(filter(None, ("name an organization: `gangway doctor --stack ORG`", left.get(row))))
    return left


def _stage_url(client: AdminClient, found: Mapping[str, Any] | None) -> str:
    """What stands before `/scim/v2`: as the outputs tell or, where only the admin API is known, an organization."""
    url = client.target.outputs.get("scimBaseUrl")
    if not isinstance(url, str):
        known = found or next(client.items("/orgs", "organizations", limit=1), None)
        if known is None:
            raise CliError(
                "The admin API's URL does not tell the SCIM API's, and there is no organization to ask.",
                "Name the stack's outputs with --outputs FILE, or create an organization.",
                code=Exit.NO_STACK,
            )
        url = str(known["scimBaseUrl"])
    return url.partition("/scim/v2")[0].rstrip("/")


def _show(result: Result) -> None:
    mark = ("✗", "red") if result.problems else ("✓", "green")
    console().print(Text.assemble(mark, f" {', '.join(result.rows):<12} ", result.name), soft_wrap=True)
    for problem in result.problems:
        console().print(Text(f"               {printable(problem)}", style="red"), soft_wrap=True)


def _show_by_hand(left: Mapping[str, str]) -> None:
    console().print(Text("\nBy hand:", style="bold"))
    for row, what in left.items():
        console().print(Text(f"· {row:<12} {what}"), soft_wrap=True)
