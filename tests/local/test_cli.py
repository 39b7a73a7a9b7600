"""`gangway local` as a script starts, reads and stops it."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
import pytest

from infra.local.emulator import Backend

if TYPE_CHECKING:
    from collections.abc import Iterator

GANGWAY = (sys.executable, "-m", "infra.cli.main", "local", "--port", "0")
STOP_SECONDS = 5
KEYS = {
    "scimBaseUrl",
    "provisioningBaseUrl",
    "adminUrl",
    "org",
    "token",
    "orgs",
    "backend",
    "awsEndpointUrl",
    "region",
    "accessKeyId",
    "secretAccessKey",
    "tableName",
    "principals",
}


@contextmanager
def started(*arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, Any]]]:
    """A running `gangway local`, and what its line says."""
    command = [*GANGWAY, "--output", "json", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert process.stdout
    try:
        line = process.stdout.readline()
        assert line, process.communicate()[1]
        yield process, json.loads(line)
    finally:
        process.kill()
        process.communicate()


def fails(*arguments: str) -> tuple[int, str]:
    """Exit status and standard error of a start that does not succeed; standard output must be empty."""
    ended = subprocess.run([*GANGWAY, *arguments], capture_output=True, text=True, timeout=60, check=False)
    assert ended.stdout == ""
    return ended.returncode, ended.stderr


def get(url: str, token: str) -> Any:
    """What an authenticated GET answers; raises for anything but success."""
    response = httpx2.get(url, headers={"Authorization": f"Bearer {token}"}, timeout=10, trust_env=False)
    return response.raise_for_status().json()


def children(pid: int) -> set[int]:
    """The processes that this one has started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for task in tasks for child in task.read_text().split()}


def alive(pids: set[int]) -> set[int]:
    """Those that still run; a zombie only waits to be collected."""

    def runs(pid: int) -> bool:
        try:
            return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
        except OSError:
            return False

    return {pid for pid in pids if runs(pid)}


def wait_until_dead(pids: set[int]) -> set[int]:
    deadline = time.monotonic() + STOP_SECONDS
    while alive(pids) and time.monotonic() < deadline:
        time.sleep(0.05)
    return alive(pids)


@pytest.mark.parametrize("backend", list(Backend))
def test_the_line_says_all_that_a_client_needs_and_is_true_when_it_appears(backend: Backend) -> None:
    with started("--org", "acme", "--org", "globex", "--backend", backend.value) as (process, line):
        assert set(line) == KEYS
        assert [each["name"] for each in line["orgs"]] == ["acme", "globex"]
        assert (line["org"], line["token"], line["backend"]) == ("acme", line["orgs"][0]["token"], backend.value)
        assert not any(str(value).endswith("/") for value in line.values())
        for each in line["orgs"]:
            assert get(f"{each['scimBaseUrl']}/Users", each["token"])["totalResults"] == 0
        assert get(f"{line['provisioningBaseUrl']}/Users", line["token"])["totalResults"] == 0

        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=STOP_SECONDS)
        assert (process.returncode, rest) == (0, "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_when_interrupted_then_it_ends_well_and_leaves_no_child(number: signal.Signals) -> None:
    with started() as (process, _):
        pids = children(process.pid)
        assert len(pids) >= 2  # the emulator and a function

        process.send_signal(number)

        assert process.wait(STOP_SECONDS) == 0
        assert alive(pids) == set()


def test_when_killed_then_no_child_survives() -> None:
    with started() as (process, _):
        pids = children(process.pid)

        process.kill()
        process.wait()

        assert wait_until_dead(pids) == set()


def test_given_a_signal_while_it_starts_then_it_ends_well_and_leaves_no_child() -> None:
    process = subprocess.Popen(GANGWAY, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    pids: set[int] = set()
    deadline = time.monotonic() + 30
    while not pids and time.monotonic() < deadline:
        time.sleep(0.02)
        pids = children(process.pid)

    process.send_signal(signal.SIGINT)
    output, errors = process.communicate(timeout=STOP_SECONDS)

    assert (process.returncode, output) == (0, b""), errors
    assert wait_until_dead(pids) == set()


def test_given_a_taken_port_then_it_says_so_in_a_sentence() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        status, error = fails("--port", port)

    assert status == 2
    assert error.strip() == f"Port {port} cannot be used (Address already in use); choose another with --port, or 0."


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("{", "is not JSON"),
        ('{"id": "urn:example:User", "name": "Badge", "attributes": []}', '"attributes" must be a list'),
    ],
)
def test_given_a_bad_extension_then_the_engine_says_what_is_wrong(tmp_path: Path, content: str, message: str) -> None:
    (tmp_path / "badge.json").write_text(content)

    status, error = fails("--extension", str(tmp_path / "badge.json"))

    assert status == 2
    assert "badge.json" in error
    assert message in error


def test_given_a_provider_that_is_none_then_it_does_not_start() -> None:
    status, error = fails("--org", "acme=entrée")

    assert status == 2
    assert "There is no provider 'entrée' for 'acme'; the known ones are generic, jumpcloud, entra" in error


def test_given_a_name_that_cannot_be_an_organizations_then_it_does_not_start() -> None:
    status, error = fails("--org", "a/b")

    assert status == 2
    assert "'a/b'" in error


def test_given_an_extension_and_the_strict_profile_then_organizations_have_both(tmp_path: Path) -> None:
    urn = "urn:example:params:scim:schemas:extension:badge:2.0:User"
    (tmp_path / "badge.json").write_text(
        json.dumps(
            {
                "schemas": ["urn:ietf:params:scim:schemas:core:2.0:Schema"],
                "id": urn,
                "name": "Badge",
                "description": "Company badge",
                "attributes": [{"name": "number", "type": "string", "multiValued": False, "description": "On it"}],
            }
        )
    )
    with started("--extension", f"User={tmp_path / 'badge.json'}", "--profile", "strict") as (_, line):
        schemas = get(f"{line['scimBaseUrl']}/Schemas", line["token"])["Resources"]
        assert urn in {schema["id"] for schema in schemas}
        answer = httpx2.post(
            f"{line['scimBaseUrl']}/Users",
            json={"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "a", "active": "True"},
            headers={"Authorization": f"Bearer {line['token']}"},
            trust_env=False,
        )
        assert (answer.status_code, answer.json()["scimType"]) == (400, "invalidValue")


def test_the_help_teaches_by_examples() -> None:
    shown = subprocess.run([*GANGWAY, "--help"], capture_output=True, text=True, check=True, timeout=60).stdout

    assert "gangway local --port 0 --org acme --org globex --output json" in shown


def test_given_sessions_then_users_are_written_and_read_in_them() -> None:
    with started("--set", "isolation=session", "--org", "acme", "--org", "globex") as (_, line):
        for organization in line["orgs"]:
            token, url = organization["token"], f"{organization['scimBaseUrl']}/Users"
            user = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ada"}
            created = httpx2.post(url, json=user, headers={"Authorization": f"Bearer {token}"}, trust_env=False)
            assert created.status_code == 201, created.text
            assert get(url, token)["totalResults"] == 1


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("isolation=tenant", "isolation: 'tenant' will not do. What keeps organizations apart"),
        ("isolation", "write SETTING=VALUE"),
    ],
)
def test_given_a_setting_that_cannot_be_then_the_sentence_says_what_would_do(setting: str, message: str) -> None:
    status, error = fails("--set", setting)

    assert status == 2
    assert message in " ".join(error.replace("│", " ").split())
