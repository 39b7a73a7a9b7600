"""Which stack a command is for, and with whose credentials it asks.

In this order: the URL of the admin API, by flag or variable; a file of the stack's outputs, as `pulumi stack output
--json` or `gangway local --output json` writes it; else the Pulumi stack that is selected in this folder. The caller's
own AWS credentials sign, found as every AWS tool finds them. A stack at the loopback address can only be a `gangway
local`, whose keys are public and the same on every machine: it is signed for with those, so that trying something
locally neither needs nor shows anybody's real ones.
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from infra.cli.errors import CliError, Exit
from infra.local.made_up import REGION

if TYPE_CHECKING:
    from collections.abc import Mapping

ADMIN_URL_VARIABLE = "GANGWAY_ADMIN_URL"
OUTPUTS_VARIABLE = "GANGWAY_OUTPUTS"
STACK_VARIABLE = "GANGWAY_STACK"
NEXT_STEP = (
    "Say which one before the command: --stack NAME (a Pulumi stack of this folder), --outputs FILE (what "
    f"`pulumi stack output --json` wrote) or --admin-url URL; or set {STACK_VARIABLE}, {OUTPUTS_VARIABLE} or "
    f"{ADMIN_URL_VARIABLE}. "
    "To try things on this machine, start `gangway local`."
)

_EXECUTE_API = re.compile(r"[a-z0-9-]+\.execute-api\.([a-z0-9-]+)\.amazonaws\.com(\.cn)?")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_PULUMI_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Choice:
    """What the command line and its variables say about the stack.

    Attributes:
        admin_url: URL of the admin API, ending in /admin/v1.
        outputs: file with the stack's outputs as JSON; `-` is standard input.
        stack: name of a Pulumi stack.
        region: AWS region, where the URL does not tell it.
        profile: profile of the AWS configuration to sign with.
    """

    admin_url: str | None = None
    outputs: str | None = None
    stack: str | None = None
    region: str | None = None
    profile: str | None = None


@dataclass(frozen=True, slots=True)
class Target:
    """A stack that was found.

    Attributes:
        admin_url: URL of the admin API without a slash at the end.
        region: what requests are signed for; None: the region of the caller's AWS configuration.
        profile: profile to sign with; None: the caller's default.
        outputs: the stack's outputs as far as they are known.
    """

    admin_url: str
    region: str | None
    profile: str | None
    outputs: Mapping[str, Any]

    @property
    def is_local(self) -> bool:
        """Whether it is a `gangway local`."""
        return urlsplit(self.admin_url).hostname in _LOOPBACK


def find(choice: Choice) -> Target:
    """The stack that is meant.

    Raises:
        CliError: none is named or can be read; NO_STACK.
    """
    if choice.admin_url:
        return _target({"adminUrl": choice.admin_url}, choice, "--admin-url")
    if choice.outputs:
        return _target(_read(choice.outputs), choice, choice.outputs)
    return _target(_pulumi_outputs(choice.stack), choice, "the Pulumi stack")


def _target(outputs: Mapping[str, Any], choice: Choice, source: str) -> Target:
    url = outputs.get("adminUrl")
    parts = urlsplit(url) if isinstance(url, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        raise _no_stack(f"{source} does not hold the URL of an admin API (adminUrl).")
    found = _EXECUTE_API.fullmatch(parts.hostname)
    local = parts.hostname in _LOOPBACK
    region = REGION if local else choice.region or (found[1] if found else outputs.get("region"))
    return Target(str(url).rstrip("/"), region, choice.profile, outputs)


def _read(file: str) -> Mapping[str, Any]:
    try:
        text = sys.stdin.read() if file == "-" else Path(file).read_text(encoding="utf-8")
        outputs = json.loads(text)
    except OSError as error:
        raise _no_stack(f"{file} cannot be read ({error.strerror}).") from None
    except ValueError:
        raise _no_stack(f"{file} is not JSON.") from None
    return outputs if isinstance(outputs, dict) else {}


def _pulumi_outputs(stack: str | None) -> Mapping[str, Any]:
    pulumi = shutil.which("pulumi")
    if pulumi is None:
        raise _no_stack("No stack is named, and there is no `pulumi` command to ask for one.")
    command = [pulumi, "stack", "output", "--json", "--non-interactive", *(["--stack", stack] if stack else [])]
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=_PULUMI_SECONDS, check=False)  # noqa: S603  # a list, found on the caller's own path
        outputs = json.loads(ended.stdout) if ended.returncode == 0 else None
    except (subprocess.TimeoutExpired, ValueError):
        raise _no_stack("`pulumi stack output --json` did not answer with JSON.") from None
    if not isinstance(outputs, dict):
        reason = ended.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise _no_stack(f"`pulumi stack output --json` failed: {reason[0]}.")
    return outputs


def _no_stack(message: str) -> CliError:
    return CliError(message, NEXT_STEP, code=Exit.NO_STACK)
