"""What `gangway webhook` shows of an endpoint, and where the admin API has it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from infra.cli.admin import path
from infra.cli.output import Column, Output, console, note, show_facts, show_json
from infra.cli.times import to_the_minute, to_the_second

if TYPE_CHECKING:
    from infra.cli.output import Json

EndpointId = Annotated[
    str, typer.Argument(metavar="ENDPOINT", help="Which endpoint: its id; see `gangway webhook list ORG`.")
]


def _state(endpoint: Json) -> str:
    if endpoint["disabled"]:
        return f"disabled: {endpoint['disabled']}"
    return "replaying" if endpoint["replayUntil"] else "enabled"


COLUMNS = (
    Column("ENDPOINT", "id"),
    Column("URL", "url"),
    Column("FORM", "form"),
    Column("STATE", _state),
    Column("BEHIND", "behind", right=True),
    Column("WAITING", "heldEvents", right=True),
    Column("LAST SUCCESS", lambda row: to_the_second(row["lastSuccess"]) or "never"),
)


def show_endpoint(endpoint: Json, output: Output) -> None:
    """Show what is known of one endpoint."""
    facts = {
        "endpoint": endpoint["id"],
        "url": endpoint["url"],
        "description": endpoint["description"],
        "types": endpoint["types"] or "all",
        "form": endpoint["form"],
        "state": _state(endpoint),
        "next event": endpoint["nextNumber"],
        "behind": f"{endpoint['behind']} events",
        "waiting": f"{endpoint['heldEvents']} events of {endpoint['heldResources']} resources",
        "next attempt": to_the_second(endpoint["nextAttempt"]),
        "last success": to_the_second(endpoint["lastSuccess"]) or "never",
        "old secret until": to_the_minute(endpoint["oldSecretUntil"]),
    }
    show_facts(endpoint, facts, output)


def show_secret(endpoint: Json, output: Output) -> None:
    """Show an endpoint's new signing secret, this once."""
    if output is Output.JSON:
        show_json(endpoint)
        return
    console().print(Text(endpoint["secret"], style="bold"), soft_wrap=True)
    note(f"This is the only time it is shown. It signs what {endpoint['id']} gets at {endpoint['url']}.")


def endpoint_path(org: str, endpoint: str, *action: str) -> str:
    """The path of an endpoint, or of something done with it."""
    return path("orgs", org, "webhooks", endpoint, *action)
