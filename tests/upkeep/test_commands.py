"""The commands of upkeep against the whole stack: files in, files out, and what differs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import pytest
from typer.testing import CliRunner

from infra.cli.drift import differences
from infra.cli.main import app
from infra.cli.rows import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from typer.testing import Result

    from infra.local.stack import LocalStack

    type Command = Callable[..., Result]

CSV = """Login,name.givenName,email,department,active,groups
ada,Ada,ada@example.com,Engines,true,all;engineers
bob,Bob,bob@example.com,,no,all
,Nobody,nobody@example.com,,true,
ada,Again,again@example.com,,true,
cy,Cy,cy@example.com,,perhaps,
"""


pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def command(moto_stack: LocalStack) -> Command:
    """Runs a command against the stack."""
    variables = {"GANGWAY_ADMIN_URL": moto_stack.describe()["adminUrl"], "GANGWAY_STACK": None, "GANGWAY_OUTPUTS": None}

    def run(*arguments: str) -> Result:
        return CliRunner().invoke(app, list(arguments), env=variables)

    return run


@pytest.fixture
def process(moto_stack: LocalStack) -> Callable[..., subprocess.Popen[str]]:
    """Starts a command as a process of its own."""
    environment = os.environ | {"GANGWAY_ADMIN_URL": moto_stack.describe()["adminUrl"]}

    def start(*arguments: str) -> subprocess.Popen[str]:
        program = [sys.executable, "-c", "from infra.cli.main import app; app()", *arguments]
        return subprocess.Popen(program, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    return start


@pytest.fixture
def people(tmp_path: Path) -> Path:
    file = tmp_path / "people.csv"
    file.write_text(CSV)
    return file


def new_organization(command: Command, name: str) -> str:
    assert command("org", "create", name).exit_code == 0
    return name


def listed(command: Command, kind: str, org: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(command(kind, "list", org, "-o", "json").stdout)
    return found


def test_given_a_csv_when_imported_then_good_rows_are_there_and_bad_ones_are_named_by_line(
    command: Command, people: Path
) -> None:
    org = new_organization(command, "from-csv")
    rehearsed = command("import", org, str(people), "--map", "Login=userName", "--dry-run", "-o", "json")
    assert rehearsed.exit_code == 7
    assert json.loads(rehearsed.stdout)["outcomes"] == {"created": 4, "updated": 2, "refused": 3}
    assert listed(command, "user", org) == []

    done = command("import", org, str(people), "--map", "Login=userName", "-o", "json")
    assert done.exit_code == 7
    assert json.loads(done.stdout)["rows"] == json.loads(rehearsed.stdout)["rows"]
    refused = {row["line"]: row["detail"] for row in json.loads(done.stdout)["rows"] if row["outcome"] == "refused"}
    assert set(refused) == {4, 5, 6}
    assert "line 2" in refused[5]
    users = {user["userName"]: user for user in listed(command, "user", org)}
    assert set(users) == {"ada", "bob"}
    assert users["bob"]["active"] is False
    members = {
        group["displayName"]: len(
            json.loads(command("group", "show", org, group["id"], "-o", "json").stdout)["members"]
        )
        for group in listed(command, "group", org)
    }
    assert members == {"all": 2, "engineers": 1}


def test_given_an_export_when_imported_elsewhere_and_exported_then_it_is_the_same(
    command: Command, people: Path, tmp_path: Path
) -> None:
    source, target = new_organization(command, "source"), new_organization(command, "target")
    command("import", source, str(people), "--map", "Login=userName")
    first, second = tmp_path / "first.jsonl", tmp_path / "second.jsonl"
    assert command("export", source, "--to", str(first)).exit_code == 0
    carried = command("import", target, str(first))
    assert carried.exit_code == 0, carried.output
    assert command("export", target, "--to", str(second)).exit_code == 0
    assert _without_ids(first) == _without_ids(second)
    again = json.loads(command("import", target, str(first), "-o", "json").stdout)
    assert again["outcomes"].keys() == {"unchanged"}


def test_given_imports_that_are_killed_when_repeated_then_nobody_is_missing_or_doubled(
    command: Command, process: Callable[..., subprocess.Popen[str]], tmp_path: Path
) -> None:
    org = new_organization(command, "killed")
    people = [{"id": f"p{at}", "userName": f"user {at}", "externalId": f"x-{at}"} for at in range(240)]
    group = {"id": "g", "displayName": "half", "members": [person["id"] for person in people[::2]]}
    file = tmp_path / "people.jsonl"
    file.write_text("".join(json.dumps(line) + "\n" for line in [group, *people]))
    journal = tmp_path / "people.jsonl.killed.progress"
    for lines in (1, 40):  # its first line says what is imported
        importing = process("import", org, str(file))
        _wait_until_there_are(lines, journal)
        importing.kill()
        importing.communicate()
    report = json.loads(command("import", org, str(file), "-o", "json").stdout)

    assert report["outcomes"].keys() <= {"created", "updated", "unchanged", "done before"}
    assert report["outcomes"]["done before"] >= 39
    assert sum(report["outcomes"].values()) == 242
    assert not journal.exists()
    exported = [json.loads(line) for line in command("export", org).stdout.splitlines()]
    names = {line["id"]: line.get("userName") or line["displayName"] for line in exported if "id" in line}
    assert sorted(names.values()) == sorted(["half", *(person["userName"] for person in people)])
    members = [names[member] for line in exported for member in line.get("members", ())]
    assert sorted(members) == sorted(person["userName"] for person in people[::2])
    assert command("fsck", org).exit_code == 0


def test_given_a_directory_that_differs_then_drift_says_in_what(command: Command, tmp_path: Path, people: Path) -> None:
    org = new_organization(command, "drifting")
    command("import", org, str(people), "--map", "Login=userName")
    theirs = tmp_path / "theirs.csv"
    theirs.write_text("userName,email,active\nada,ada@example.org,true\neve,eve@example.com,true\n")
    found = command("drift", org, str(theirs), "-o", "json")
    assert found.exit_code == 7
    assert [(row["who"], row["what"]) for row in json.loads(found.stdout)] == [
        ("ada", "emails"),
        ("eve", "only in the file"),
        ("bob", "only in the directory"),
    ]


def test_given_a_deleted_user_then_it_can_be_undeleted_and_erased(command: Command, people: Path) -> None:
    org = new_organization(command, "coming-and-going")
    command("import", org, str(people), "--map", "Login=userName")
    ada = next(user["id"] for user in listed(command, "user", org) if user["userName"] == "ada")
    assert command("user", "delete", org, ada).exit_code == 2  # nobody was there to confirm it
    assert command("user", "delete", org, ada, "--yes").exit_code == 0
    assert command("user", "show", org, ada).exit_code == 3
    assert command("user", "undelete", org, ada).exit_code == 0
    assert command("user", "show", org, ada).exit_code == 0
    assert command("user", "erase", org, ada, "--yes").exit_code == 0
    assert command("user", "undelete", org, ada).exit_code == 3


def test_given_sound_items_then_fsck_says_so(command: Command, people: Path) -> None:
    org = new_organization(command, "sound")
    command("import", org, str(people), "--map", "Login=userName")
    checked = command("fsck", org, "-o", "json")
    assert (checked.exit_code, json.loads(checked.stdout)) == (0, [])


def test_given_an_organization_that_is_being_deleted_then_fsck_does_not_take_that_for_damage(command: Command) -> None:
    org = new_organization(command, "leaving")
    assert command("org", "delete", org, "--users", "delete", "--yes").exit_code == 0
    checked = command("fsck", org, "--repair", "--yes")
    assert checked.exit_code != 0
    assert "is being deleted" in checked.output


def test_given_json_in_any_form_then_members_come_after_everybody(tmp_path: Path) -> None:
    user, group = {"userName": "ada", "id": "1"}, {"displayName": "all", "id": "2", "members": [{"value": "1"}]}
    for name, text in (
        ("a.json", json.dumps([group, user])),
        ("b.jsonl", f"{json.dumps(group)}\n{json.dumps(user)}\n"),
    ):
        file = tmp_path / name
        file.write_text(text)
        assert [row.resource["resourceType"] for row in rows_of(file, {})] == ["Group", "User", "Members"]


def test_given_values_that_say_less_than_the_directory_then_they_agree() -> None:
    known = [{"id": "1", "userName": "ada", "emails": [{"value": "a@example.com", "primary": True}], "title": "Lady"}]
    assert list(differences(known, [{"userName": "Ada".lower(), "emails": [{"value": "a@example.com"}]}])) == []


def _wait_until_there_are(lines: int, file: Path) -> None:
    end = time.monotonic() + 120
    while not file.exists() or file.read_bytes().count(b"\n") < lines:
        assert time.monotonic() < end
        time.sleep(0.01)


def _without_ids(file: Path) -> list[str]:
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    names = {line["id"]: line.get("userName") or line["displayName"] for line in lines if "id" in line}
    told: list[Any] = []
    for line in lines:
        if line["resourceType"] == "Members":
            told.append([names[line["group"]], sorted(names[each] for each in line["members"])])
        else:
            told.append({name: value for name, value in line.items() if name not in ("id", "meta")})
    return sorted(json.dumps(each, sort_keys=True) for each in told)


def test_given_a_running_stack_then_its_table_is_restored_under_another_name(
    moto_stack: LocalStack, tmp_path: Path
) -> None:
    outputs = tmp_path / "outputs.json"
    outputs.write_text(json.dumps(moto_stack.describe()))

    ended = CliRunner().invoke(app, ["--outputs", str(outputs), "restore", "gangway-local-restored", "-o", "json"])

    assert ended.exit_code == 7, "nobody has paused the organizations"
    told = json.loads(ended.stdout)
    assert {each["name"] for each in told["organizations"] if each["state"] == "active"} == set(told["notPaused"])
    table = moto_stack.emulator.client("dynamodb")
    assert table.describe_table(TableName="gangway-local-restored")["Table"]["StreamSpecification"]["StreamEnabled"]
    (restored, present) = (
        {(item["pk"]["S"], item["sk"]["S"]): item for item in table.scan(TableName=name)["Items"]}
        for name in ("gangway-local-restored", "gangway-local")
    )
    tokens = {key for key, item in present.items() if item["k"]["S"] == "token"}
    assert tokens
    assert {key: restored[key] for key in tokens} == {key: present[key] for key in tokens}
