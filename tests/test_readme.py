"""What README.md says to paste works when it is pasted."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from infra.local.stack import LocalStack

README = Path(__file__).parent.parent / "README.md"


def shell_block(heading: str) -> str:
    """The first shell block under a heading."""
    section = README.read_text().split(f"\n## {heading}\n", 1)[1].split("\n## ", 1)[0]
    found = re.search(r"```sh\n(.*?)```", section, re.DOTALL)
    assert found, heading
    return found[1]


@pytest.mark.skipif(shutil.which("curl") is None, reason="the session is one of curl, which this machine lacks")
def test_given_a_running_stack_when_the_curl_session_is_pasted_then_every_request_succeeds(
    moto_stack: LocalStack,
) -> None:
    organization = moto_stack.organizations[1]
    session = subprocess.run(
        ["bash", "-eu", "-c", shell_block("First requests")],
        env={
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "SCIM_URL": organization.scim_base_url,
            "SCIM_TOKEN": organization.token,
        },
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    answers = session.stdout.splitlines()
    assert '"userName":"ada@example.com"' in answers[0]
    assert '"totalResults":1' in answers[1]
    assert '"active":false' in answers[2]
    assert '"displayName":"Engineering"' in answers[3]
    assert answers[4:] == ["204", "204", "404"]
