"""`gangway preflight`: look at account, region and settings before the first `pulumi up`, which then need not find out.

The settings are those of the Pulumi stack, checked as the program checks them; AWS is asked with the caller's own
credentials. `infra.cli.checks` holds what is asked.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Output, console, note, printable, show_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from infra.cli.checks import Clients, Finding, Plan
    from infra.cli.target import Choice

PROJECT = "gangway"
"""As Pulumi.yaml names it."""
REGION = "aws:region"
PULUMI_SECONDS = 60


def add_to(app: typer.Typer) -> None:
    """Add the command to the application."""
    app.command(
        epilog=examples(
            ("The Pulumi stack that is selected in this folder", "gangway preflight"),
            ("Without Pulumi at hand", "gangway preflight --name prod --config config.json"),
        )
    )(preflight)


def preflight(
    context: typer.Context,
    config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="What `pulumi config --json` wrote; - is standard input. Needs --name."),
    ] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME", help="Name of the stack that --config is of.")] = None,
    output: As = Output.TEXT,
) -> None:
    """Check settings, account and region before the first `pulumi up`. Exit code 7: something has to be done first."""
    from botocore.exceptions import BotoCoreError  # noqa: PLC0415  # takes its time, and help needs none

    from infra.cli.checks import Finding, findings  # noqa: PLC0415

    choice: Choice = context.obj
    if config and not name:
        raise CliError("The file does not say of which stack it is.", "Add --name NAME.", code=Exit.USAGE)
    stack = name or choice.stack or _pulumi("stack", "--show-name").strip()
    planned = plan(stack, _configuration(config, stack), choice.region)
    found = [Finding("settings", f"The settings of {planned.names.prefix} are right, for {planned.region}.")]
    try:
        found += findings(clients_of(choice.profile, planned.region), planned)
    except BotoCoreError as error:
        raise CliError(f"AWS could not be asked: {error}", "Log in again, and see that it can be reached.") from None
    _show(found, output)
    if problems := [each for each in found if each.next_step]:
        raise CliError(f"{len(problems)} of {len(found)} checks found something to do first.", code=Exit.PROBLEMS)
    note("Nothing stands in the way of `pulumi up`.")


def plan(stack: str, config: Mapping[str, Any], region: str | None) -> Plan:
    """What the configuration of a stack would deploy.

    Raises:
        CliError: a setting will not do, or there is no region; PROBLEMS.
    """
    from infra.cli.checks import Plan  # noqa: PLC0415  # see above
    from infra.stack.configuration import SettingsError  # noqa: PLC0415  # Pulumi takes its time, too
    from infra.stack.naming import Names  # noqa: PLC0415
    from infra.stack.settings import Settings  # noqa: PLC0415

    values = {key: each["value"] for key, each in config.items() if isinstance(each, dict) and "value" in each}
    own = {key.partition(":")[2]: value for key, value in values.items() if key.startswith(f"{PROJECT}:")}
    short = stack.rpartition("/")[2]
    try:
        settings, names = Settings.from_config(own), Names.of(PROJECT, short)
    except SettingsError as error:
        message = str(error)
        raise CliError(
            message[0].upper() + message[1:], "Change it by `pulumi config set`.", code=Exit.PROBLEMS
        ) from None
    where = region or values.get(REGION)
    if not where:
        raise CliError("The stack has no region.", f"pulumi config set {REGION} eu-central-1", code=Exit.PROBLEMS)
    return Plan(settings, names, {"project": PROJECT, "stack": short}, where)


def clients_of(profile: str | None, region: str) -> Clients:
    """Clients with the caller's own credentials.

    Raises:
        CliError: there are none; NOT_PERMITTED.
    """
    import boto3  # noqa: PLC0415  # see above
    from botocore.exceptions import ProfileNotFound  # noqa: PLC0415

    try:
        session: Any = boto3.Session(profile_name=profile, region_name=region)  # typed for literal names of services
        found = session.get_credentials()
    except ProfileNotFound:
        found = None
    if found is None:
        raise CliError("There are no AWS credentials.", "Log in, or name a --profile.", code=Exit.NOT_PERMITTED)
    clients: Clients = session.client
    return clients


def _configuration(file: str | None, stack: str) -> Mapping[str, Any]:
    try:
        if file is None:
            text = _pulumi("config", "--json", "--stack", stack)
        else:
            text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        config = json.loads(text)
    except OSError as error:
        raise CliError(f"{file} cannot be read ({error.strerror}).", code=Exit.USAGE) from None
    except ValueError:
        config = None
    if not isinstance(config, dict):
        raise CliError("The configuration is not what `pulumi config --json` writes.", code=Exit.USAGE)
    return config


def _pulumi(*words: str) -> str:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise CliError("There is no `pulumi` command to ask.", "Install it, or use --config.", code=Exit.NO_STACK)
    command = [pulumi, *words, "--non-interactive"]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=PULUMI_SECONDS, check=False)  # noqa: S603  # a list, found on the caller's own path
    except subprocess.TimeoutExpired:
        raise CliError(f"`pulumi {words[0]}` did not answer.", "Try again.", code=Exit.NO_STACK) from None
    if ended.returncode:
        reason = ended.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise CliError(f"`pulumi {words[0]}` failed: {reason[0]}", "pulumi stack select", code=Exit.NO_STACK)
    return ended.stdout


def _show(found: list[Finding], output: Output) -> None:
    if output is Output.JSON:
        show_json([asdict(each) for each in found])
        return
    for each in found:
        mark = ("✗", "red") if each.next_step else ("✓", "green")
        line = Text.assemble(mark, f" {each.check:<17} ", printable(each.says))
        console().print(line, soft_wrap=True)
        if each.next_step:
            console().print(Text(f"{'':20}{printable(each.next_step)}", style="red"), soft_wrap=True)
