"""`gangway org export`: all that is kept of an organization, as JSON lines."""

from __future__ import annotations

import json
import sys
from collections import Counter
from contextlib import ExitStack
from pathlib import Path  # noqa: TC003  # typer reads annotations when it runs
from typing import Annotated

import typer

from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.examples import examples
from infra.cli.files import complete_or_not_at_all
from infra.cli.output import note, progress
from infra.cli.transfer import export_pieces


def add_to(group: typer.Typer) -> None:
    """Add the command to the group of organizations."""
    group.command(
        epilog=examples(
            ("", "gangway org export acme --to acme.jsonl"),
            ("How many of each kind", "gangway org export acme | jq -r .kind | sort | uniq -c"),
        )
    )(export)


def export(
    context: typer.Context,
    org: Org,
    to: Annotated[Path | None, typer.Option("--to", metavar="FILE", help="Without: standard output.")] = None,
) -> None:
    """Write all that is kept of an organization, a JSON object a line, each with its kind; no secret is among it.

    Settings, tokens, users, groups, members, tombstones, webhook endpoints with deliveries and dead letters, events
    within retention, and failed requests. A file is there when the export is complete, and not before. For the
    directory alone, in the form that an import takes: gangway export.
    """
    client = connect(context)
    kinds: Counter[str] = Counter()
    with ExitStack() as stack:
        out = stack.enter_context(complete_or_not_at_all(to)) if to else sys.stdout
        bar = stack.enter_context(progress())
        task = bar.add_task(f"Exporting {org}", total=None)
        for piece in export_pieces(client, path("orgs", org, "archive")):
            for line in piece["lines"]:
                out.write(json.dumps(line, ensure_ascii=False) + "\n")
                kinds[line["kind"]] += 1
            bar.update(task, description=f"Exporting {org}: {piece['section']}", completed=kinds.total())
    note(f"{kinds.total()} lines: " + ", ".join(f"{number} {kind}" for kind, number in kinds.items()) + ".")
