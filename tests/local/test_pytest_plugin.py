"""The fixture for applications, used as its documentation says: in a pytest run of its own."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs" / "events.md"

pytestmark = pytest.mark.slow


def test_the_test_that_the_documentation_shows_passes(tmp_path: Path) -> None:
    _, _, rest = DOCUMENT.read_text(encoding="utf-8").partition("<!-- test of an application -->\n```python\n")
    shown, _, _ = rest.partition("```")
    (tmp_path / "conftest.py").write_text('pytest_plugins = ["infra.local.pytest_plugin"]\n')
    (tmp_path / "test_application.py").write_text(shown)
    (tmp_path / "receiver.py").write_text((ROOT / "docs" / "examples" / "receiver.py").read_text(encoding="utf-8"))

    done = subprocess.run(  # our own command
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path), f"--rootdir={tmp_path}"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout
