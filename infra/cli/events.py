"""`gangway events` and `gangway replay`: read the changes of an organization, and have them told again."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.confirm import Yes, confirm
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Output, console, note, progress, show_facts, show_json_line
from infra.cli.times import to_the_second
from infra.cli.webhook_views import show_endpoint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.cli.admin import AdminClient
    from infra.cli.output import Json

FOLLOW_SECONDS = 1.0
PAGE = 100


def add_to(app: typer.Typer) -> None:
    """Add the commands to the application."""
    app.command(
        epilog=examples(
            ("The newest 20", "gangway events acme"),
            ("As they come", "gangway events acme --follow"),
            ("All that are kept, for a script", "gangway events acme --cursor 0 -o json"),
        )
    )(events)
    app.command(
        epilog=examples(
            (
                "Deliver a range again, under the same ids",
                "gangway replay acme --from 100 --to 200 --endpoint ENDPOINT",
            ),
            ("Deliver the present state as events", "gangway replay acme --snapshot --endpoint ENDPOINT"),
            ("Write the present state as events", "gangway replay acme --snapshot"),
        )
    )(replay)


def events(
    context: typer.Context,
    org: Org,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what happens, until interrupted.")] = False,
    last: Annotated[int, typer.Option(min=0, max=PAGE, help="How many of the newest to begin with.")] = 20,
    cursor: Annotated[
        int | None, typer.Option(min=0, help="Begin after this number instead; 0: with the oldest.")
    ] = None,
    output: As = Output.TEXT,
) -> None:
    """Read change events; as JSON, one a line, with their values."""
    client = connect(context)
    try:
        for event in _read(client, org, _begin(client, org, last) if cursor is None else cursor, follow=follow):
            _show(event, output)
    except KeyboardInterrupt:
        return


def replay(
    context: typer.Context,
    org: Org,
    *,
    first: Annotated[int | None, typer.Option("--from", metavar="NUMBER", min=1, help="First event.")] = None,
    last: Annotated[int | None, typer.Option("--to", metavar="NUMBER", min=1, help="Last event; or all.")] = None,
    endpoint: Annotated[str | None, typer.Option(metavar="ENDPOINT", help="Webhook endpoint to tell.")] = None,
    snapshot: Annotated[bool, typer.Option("--snapshot", help="Tell the present state instead of events.")] = False,
    yes: Yes = False,
    output: As = Output.TEXT,
) -> None:
    """Tell an endpoint again what happened, or what there is now."""
    client = connect(context)
    if snapshot and first is None and last is None:
        if endpoint is None:
            _write_snapshot(client, org)
        else:
            confirm(f"{endpoint} hears of no change until the whole directory of {org} was told to it.", yes=yes)
            _deliver_snapshot(client, org, endpoint, output)
        return
    if snapshot or first is None or endpoint is None:
        raise typer.BadParameter("Say --from NUMBER and --endpoint ENDPOINT, or --snapshot.")
    shown = client.post(path("orgs", org, "webhooks", endpoint, "replay"), {"first": first, "last": last})
    show_endpoint(shown, output)


def _begin(client: AdminClient, org: str, last: int) -> int:
    """The cursor before the newest events."""
    newest = int(client.get(path("orgs", org, "events"), cursor="newest", limit=1)["cursor"])
    return max(0, newest - last)


def _read(client: AdminClient, org: str, cursor: int | str, *, follow: bool) -> Iterator[Json]:
    while True:
        # before the oldest that is kept there is nothing to go on from, so that begins without a cursor
        page = client.get(path("orgs", org, "events"), cursor=cursor or None, limit=PAGE)
        yield from page["events"]
        cursor = page["cursor"]
        if not page["more"]:
            if not follow:
                return
            time.sleep(FOLLOW_SECONDS)


def _show(event: Json, output: Output) -> None:
    if output is Output.JSON:
        show_json_line(event)
        return
    data = event["data"]
    members = [("+", len(data.get("membersAdded") or ())), ("-", len(data.get("membersRemoved") or ()))]
    what = [f"{sign}{count} members" for sign, count in members if count] or data["changed"]
    said = "erased" if data.get("erased") else ", ".join(what)
    number, when = event.get("number", ""), to_the_second(event["timestamp"])
    console().print(f"{number:>7}  {when}  {event['type']:<22}  {data['resourceId']}  {said}", markup=False)


def _write_snapshot(client: AdminClient, org: str) -> None:
    cursor = None
    while True:
        part = client.get(path("orgs", org, "snapshot"), cursor=cursor)
        for event in part["events"]:
            show_json_line(event)
        cursor = part["nextCursor"]
        if cursor is None:
            note(f"Read events from cursor {part['eventsCursor']} on: gangway events {org} --cursor …")
            return


def _deliver_snapshot(client: AdminClient, org: str, endpoint: str, output: Output) -> None:
    posted, cursor = 0, None
    with progress() as bar:
        task = bar.add_task("Telling users and groups", total=None)
        while True:
            told = client.post(path("orgs", org, "webhooks", endpoint, "snapshot"), {"cursor": cursor})
            posted, cursor = posted + told["posted"], told["nextCursor"]
            bar.advance(task, told["posted"])
            if told["refused"]:
                answer = told["refused"]
                raise CliError(
                    f"After {posted} events the endpoint answered {answer['status'] or answer['failure']}.",
                    f"Repair the receiver, then begin again; or `gangway webhook enable {org} {endpoint}`, and it "
                    "hears of changes only.",
                    code=Exit.FAILED,
                )
            if cursor is None:
                break
    show_facts({"posted": posted}, {"events told": posted}, output)
