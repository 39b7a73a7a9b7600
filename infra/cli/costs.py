"""`gangway costs`: dollars a month, before anything is deployed. It asks no stack and needs no credentials.

The arithmetic, and where each number comes from, is in `infra.costs`; docs/costs.md shows what is printed here.
"""

from __future__ import annotations

from typing import Annotated, Any

import typer

from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, show_json, show_table
from infra.costs import prices, traffic
from infra.costs.bill import Stack, bill
from infra.stack.presets import PRESETS, PRODUCTION

ORGANIZATIONS = (10, 100, 1_000)


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("For 10, 100 and 1,000 organizations of 500 people", "gangway costs"),
            ("For yours", "gangway costs --organizations 40 --users 2000"),
            ("With a second region", "gangway costs --second-region"),
            ("The total alone", "gangway costs --organizations 40 --output json | jq '.stacks[].total'"),
        )
    )(costs)


def costs(
    organizations: Annotated[
        list[int] | None, typer.Option(min=1, metavar="N", help="Organizations of the stack. Repeatable.")
    ] = None,
    users: Annotated[int, typer.Option(min=1, metavar="N", help="Users of each organization.")] = traffic.USERS,
    preset: Annotated[
        str, typer.Option(metavar="PRESET", help="The stack's preset: trial or production.")
    ] = PRODUCTION,
    second_region: Annotated[
        bool, typer.Option("--second-region", help="With copies in a second region, and a stack that stands by there.")
    ] = False,
    output: As = Output.TEXT,
) -> None:
    """Print what a stack costs a month, in US dollars: measured units, an assumed traffic, list prices of AWS."""
    if preset not in PRESETS:
        raise typer.BadParameter(f"is one of {', '.join(PRESETS)}", param_hint="--preset")
    stacks = [Stack(number, users, preset, second_region) for number in organizations or ORGANIZATIONS]
    if output is Output.JSON:
        about = {"region": prices.REGION, "pricesAsOf": prices.AS_OF, "preset": preset, "usersPerOrganization": users}
        show_json(about | {"stacks": [_as_json(stack) for stack in stacks]})
        return
    show_table(rows(stacks), columns(stacks), output)


def rows(stacks: list[Stack]) -> list[dict[str, Any]]:
    """The bills side by side, with their totals."""
    bills = [bill(stack) for stack in stacks]
    found = [{"what": what, "dollars": [each[what] for each in bills]} for what in bills[0]]
    totals = [sum(each.values()) for each in bills]
    each = [total / stack.organizations for total, stack in zip(totals, stacks, strict=True)]
    return [*found, {"what": "Total", "dollars": totals}, {"what": "Per organization", "dollars": each}]


def columns(stacks: list[Stack]) -> list[Column]:
    """A column for each stack."""

    def dollars_of(position: int) -> Column:
        heading = f"{stacks[position].organizations:,} org{'s' if stacks[position].organizations > 1 else ''}"
        return Column(heading, lambda row: f"{row['dollars'][position]:,.2f}", right=True)

    return [Column("US dollars a month", "what"), *(dollars_of(position) for position in range(len(stacks)))]


def _as_json(stack: Stack) -> dict[str, Any]:
    lines = bill(stack)
    return {
        "organizations": stack.organizations,
        "lines": {what: round(dollars, 4) for what, dollars in lines.items()},
        "total": round(sum(lines.values()), 2),
    }
