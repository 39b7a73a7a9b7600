"""`gangway drift`: what differs between the directory and what somebody else believes it to be."""

from __future__ import annotations

from pathlib import Path  # noqa: TC003  # typer reads annotations when it runs
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Column, Output, progress, show_table
from infra.cli.rows import rows_of
from infra.cli.transfer import columns_of, export_pieces

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

type Json = dict[str, Any]

COLUMNS = (
    Column("WHO", "who"),
    Column("WHAT", "what"),
    Column("DIRECTORY", "directory"),
    Column("FILE", "file"),
)
_IGNORED: Final = ("id", "meta", "schemas", "resourceType", "members", "groups", "password")


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("An application's own table of users", "gangway drift acme app-users.csv"),
            ("An identity provider's export", "gangway drift acme okta.csv --map login=userName"),
        )
    )(drift)


def drift(
    context: typer.Context,
    org: Org,
    file: Annotated[
        Path, typer.Argument(metavar="FILE", help="As `gangway import` takes it.", dir_okay=False, exists=True)
    ],
    map_: Annotated[
        list[str] | None, typer.Option("--map", metavar="COLUMN=PATH", help="What a CSV's column is. Repeatable.")
    ] = None,
    output: As = Output.TEXT,
) -> None:
    """Compare the users in a file with the directory: who is in one of them only, and which values differ.

    Users are matched by externalId, else by userName; only attributes that the file has are compared.
    """
    client = connect(context)
    rows = list(rows_of(file, columns_of(map_ or [])))
    if wrong := next((row for row in rows if row.error), None):
        raise CliError(f"{file}, line {wrong.line}: {wrong.error}", code=Exit.USAGE)
    believed = [row.resource for row in rows if row.resource["resourceType"] == "User"]
    with progress() as bar:
        task = bar.add_task(f"Reading {org}", total=None)
        known = []
        for piece in export_pieces(client, path("orgs", org, "export")):
            known += [line for line in piece["lines"] if line["resourceType"] == "User"]
            bar.update(task, total=piece["expected"], completed=len(known))
            if any(line["resourceType"] != "User" for line in piece["lines"]):
                break
    found = list(differences(known, believed))
    show_table(found, COLUMNS, output, none=f"{file} and {org} agree.")
    if found:
        raise typer.Exit(Exit.PROBLEMS)


def differences(known: Iterable[Json], believed: Iterable[Json]) -> Iterator[Json]:
    """What differs, one row for each user and attribute."""
    left = {user["id"]: user for user in known}
    by_external_id = {user["externalId"]: user for user in left.values() if user.get("externalId")}
    by_user_name = {user["userName"].casefold(): user for user in left.values()}
    for user in believed:
        match = by_external_id.get(user.get("externalId")) or by_user_name.get(str(user.get("userName")).casefold())
        who = user.get("userName") or user.get("externalId")
        if match is None or match["id"] not in left:
            yield {"who": who, "what": "only in the file", "directory": None, "file": None}
            continue
        del left[match["id"]]
        for attribute, value in user.items():
            if attribute not in _IGNORED and not _agree(match.get(attribute), value):
                yield {"who": who, "what": attribute, "directory": match.get(attribute), "file": value}
    for user in left.values():
        yield {"who": user["userName"], "what": "only in the directory", "directory": None, "file": None}


def _agree(known: object, believed: object) -> bool:
    """Whether the directory has all that the file says; it may know more inside of a value."""
    if isinstance(believed, dict):
        return isinstance(known, dict) and all(_agree(known.get(name), each) for name, each in believed.items())
    if isinstance(believed, list):
        ours = known if isinstance(known, list) else []
        return len(ours) == len(believed) and all(any(_same(one, each) for one in ours) for each in believed)
    return known == believed


def _same(one: object, other: object) -> bool:
    """Elements of multi-valued attributes are compared by their values: types are named differently everywhere."""
    if isinstance(one, dict) and isinstance(other, dict):
        return bool(one.get("value") == other.get("value"))
    return one == other
