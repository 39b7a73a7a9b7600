"""`gangway log`: what an identity provider sent that failed, why, and what to do about it.

Of requests that succeed nothing is kept but a line in CloudWatch; those that fail are kept by the stack as shapes
(names, types, sizes), so what is shown here can be shown to anybody.
"""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.examples import examples
from infra.cli.output import As, Output, console, note, show_json_line
from infra.cli.times import span, to_the_second, wire

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.cli.admin import AdminClient
    from infra.cli.output import Json

FOLLOW_SECONDS = 1.0
DEFAULT_SPAN = timedelta(hours=1)


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("What failed in the last hour, and why", "gangway log acme"),
            ("Since yesterday, then as it comes, until Ctrl-C", "gangway log acme --failed --since 24h --follow"),
            ("How often each cause", "gangway log acme --since 7d -o json | jq -r .causeId | sort | uniq -c"),
        )
    )(log)


def log(
    context: typer.Context,
    org: Org,
    failed: Annotated[
        bool,
        typer.Option("--failed", help="Requests that failed: the only ones that are kept, so this may be left out."),
    ] = True,
    since: Annotated[
        timedelta | None,
        typer.Option(parser=span, metavar="SPAN", help="How far back: 30m, 24h, 7d.", show_default="1h"),
    ] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until interrupted.")] = False,
    output: As = Output.TEXT,
) -> None:
    """Show failed requests and refused tokens, each with its cause and cure; as JSON, one a line."""
    del failed
    client = connect(context)
    begin = datetime.now(UTC) - (since or DEFAULT_SPAN)
    shown = 0
    for failure in _following(client, org, begin) if follow else failures(client, org, begin):
        shown += 1
        if output is Output.JSON:
            show_json_line(failure)
        else:
            show_failure(failure)
    if not shown:
        note(f"No request of {org} has failed in that time.")


def failures(client: AdminClient, org: str, since: datetime, request_id: str | None = None) -> Iterator[Json]:
    """The failures of an organization from a time on, oldest first."""
    where = path("orgs", org, "failures")
    return client.items(where, "failures", since=wire(since), requestId=request_id)


def _following(client: AdminClient, org: str, since: datetime) -> Iterator[Json]:
    """The same without end. A count of refused tokens comes again when it has grown."""
    seen: dict[tuple[str, ...], int] = {}
    try:
        while True:
            began = datetime.now(UTC)
            for failure in failures(client, org, since):
                key = tuple(str(failure[name]) for name in ("time", "requestId", "keyId", "reason"))
                if seen.get(key) != failure["count"]:
                    seen[key] = failure["count"]
                    yield failure
            # Entries bear the clocks of several machines, and counts grow for a minute.
            since = max(since, began - timedelta(minutes=2))
            time.sleep(FOLLOW_SECONDS)
    except KeyboardInterrupt:
        return


def show_failure(failure: Json) -> None:
    """Show one failure to people: a heading, then what is known of it."""
    out = console()
    out.print(Text.assemble((to_the_second(failure["time"]), "bold"), "  ", (_heading(failure), "red")), soft_wrap=True)
    for label, value in _facts(failure).items():
        out.print(Text.assemble("  ", (label.ljust(8), "bold"), str(value)), soft_wrap=True)
    out.print()


def _heading(failure: Json) -> str:
    often = f"  (number {failure['count']} in this minute)" if failure["count"] > 1 else ""
    if failure["kind"] == "token":
        return f"401  {failure['reason']}, at least {failure['count']} times in this minute"
    words = [failure["method"], failure["path"], str(failure["status"]), failure["scimType"] or failure["reason"] or ""]
    return "  ".join(word for word in words if word) + often


def _facts(failure: Json) -> Json:
    query = " & ".join(f"{name}={value}" for name, value in failure["query"].items())
    rules = ", ".join(f"{name} ×{times}" for name, times in failure["dialectRules"].items())
    facts = {
        "answer": failure["detail"],
        "cause": failure["cause"],
        "cure": failure["cure"],
        "query": query,
        "body": "" if failure["body"] is None else json.dumps(failure["body"], ensure_ascii=False),
        "dialect": rules,
        "resource": failure["resourceId"],
        "token": failure["keyId"],
        "request": f"{failure['requestId']}, {failure['durationMs']} ms" if failure["requestId"] else "",
    }
    for operation in failure["operations"]:
        facts[f"op. {operation['operation']}"] = " ".join(
            str(operation[name]) for name in ("method", "status", "scimType", "detail") if name in operation
        )
    return {label: value for label, value in facts.items() if value}
