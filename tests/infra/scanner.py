"""Runs checkov over plans: pinned, offline, and in an environment of its own, as it would not get along with ours."""

import json
import os
import subprocess
from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from infra.stack.dependencies import uv

CHECKOV = "checkov==3.3.30"
NOWHERE = {f"{scheme}_proxy": "http://127.0.0.1:9" for scheme in ("http", "https")}
"""Whatever it might want from the network, it does not get."""

type Findings = Mapping[str, set[tuple[str, str]]]
"""Ids of checks with the addresses of the resources that fail them, by the name of the plan."""


def scan(plans: Mapping[str, Mapping[str, Any]], folder: Path) -> Findings:
    """What checkov finds in plans, given by name. Skips the test if checkov cannot be fetched."""
    for name, plan in plans.items():
        (folder / f"{name}.json").write_text(json.dumps(plan))
    files = [str(folder / f"{name}.json") for name in plans]
    options = ["--framework", "terraform_plan", "--skip-download", "--quiet", "--output", "json"]
    command = [uv(), "tool", "run", "--offline", CHECKOV, *options, "--file", *files]
    _fetch()
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **NOWHERE}, check=False)
    assert done.returncode in (0, 1), done.stderr
    report = json.loads(done.stdout)
    assert report["summary"]["parsing_errors"] == 0
    found = defaultdict(set)
    for failed in report["results"]["failed_checks"]:
        found[Path(failed["file_path"]).stem].add((failed["check_id"], failed["resource"]))
    return found


def _fetch() -> None:
    for offline in (["--offline"], []):
        command = [uv(), "tool", "run", "--quiet", *offline, CHECKOV, "--version"]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            return
    pytest.skip(f"{CHECKOV} cannot be fetched: {done.stderr.strip().splitlines()[-1]}")
