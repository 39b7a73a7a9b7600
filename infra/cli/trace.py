"""`gangway trace`: follow one request to the change it made, and the change to those who heard of it.

The answer to every request has its id in `X-Request-Id`. A request that failed is among the failures, one that changed
something is in the log of changes; neither is indexed by request, which would cost every request a write, so they are
looked through backwards from now, organization by organization unless one is named.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from infra.cli.admin import connect, path
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.log import failures, show_failure
from infra.cli.output import As, Output, console, note, progress, show_json
from infra.cli.times import span, to_the_second

if TYPE_CHECKING:
    from infra.cli.admin import AdminClient
    from infra.cli.output import Json

DEFAULT_SPAN = timedelta(hours=24)


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("", "gangway trace 3f1c9a52-7d54-4a8e-8a53-0a6a0d6f3f11"),
            ("Faster, if you know whose it is", "gangway trace 3f1c9a52-7d54-4a8e-8a53-0a6a0d6f3f11 --org acme"),
        )
    )(trace)


def trace(
    context: typer.Context,
    request_id: Annotated[str, typer.Argument(metavar="REQUEST_ID", help="From the answer's X-Request-Id header.")],
    org: Annotated[
        str | None, typer.Option(metavar="ORG", help="Whose request it was; otherwise all are tried.")
    ] = None,
    since: Annotated[
        timedelta | None,
        typer.Option(parser=span, metavar="SPAN", help="How far back failures are looked for.", show_default="24h"),
    ] = None,
    output: As = Output.TEXT,
) -> None:
    """Find what became of a request: its failure, or its change and every delivery of it."""
    client = connect(context)
    found = _found(client, request_id, org, datetime.now(UTC) - (since or DEFAULT_SPAN))
    if found is None:
        raise CliError(
            f"Nothing is kept of the request {request_id}.",
            "It succeeded and changed nothing, is older than --since, or reached no organization. CloudWatch has its "
            "line: aws logs filter-log-events --log-group-name /STACK/requests --filter-pattern "
            f"'\"{request_id}\"'",
            code=Exit.NOT_FOUND,
        )
    if output is Output.JSON:
        show_json(found)
        return
    note(f"A request of {found['organization']}.")
    for failure in found["failures"]:
        show_failure(failure)
    for event in found["events"]:
        _show_event(event)


def _found(client: AdminClient, request_id: str, org: str | None, since: datetime) -> Json | None:
    names = [org] if org else [each["name"] for each in client.items("/orgs", "organizations")]
    with progress() as bar:
        for name in bar.track(names, description="Looking through organizations"):
            failed = list(failures(client, name, since, request_id))
            events = client.get(path("orgs", name, "requests", request_id, "events"))["events"]
            if failed or events:
                return {"organization": name, "failures": failed, "events": events}
    return None


def _show_event(traced: Json) -> None:
    event, out = traced["event"], console()
    data = event["data"]
    out.print(
        Text.assemble(
            (to_the_second(event["timestamp"]), "bold"), (f"  {event['type']}  {data['resourceId']}", "green")
        ),
        soft_wrap=True,
    )
    out.print(Text.assemble("  ", ("event    ", "bold"), f"number {event.get('number')} of the log"), soft_wrap=True)
    for heard in traced["webhooks"]:
        out.print(Text.assemble("  ", ("webhook  ", "bold"), f"{heard['url']}  {heard['state']}"), soft_wrap=True)
        for attempt in heard["attempts"]:
            answer = attempt["answer"]
            said = answer["status"] or answer["failure"]
            line = f"{to_the_second(attempt['time'])}  attempt {attempt['attempt']}  {attempt['outcome']}  {said}"
            out.print(Text(f"           {line}, {answer['milliseconds']} ms"), soft_wrap=True)
