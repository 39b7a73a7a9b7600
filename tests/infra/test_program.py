"""The program registers a whole stack, and every piece of it is needed."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pulumi
import pytest

from infra.local.made_up import ACCOUNT, REGION
from infra.local.recorder import record
from tests.infra.program import CODE, OPTIONS, Program, decoded, gangway, in_policy
from tests.infra.rules import RULES, Rule, is_broken

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("options", OPTIONS)
@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_stack_satisfies(rule: Rule, options: str) -> None:
    assert list(rule(gangway(**OPTIONS[options]))) == []


@pytest.mark.parametrize("options", ["trial", "everything", "private"])
def test_when_any_piece_is_left_out_then_a_rule_speaks(options: str) -> None:
    """Every door, gateway response, environment variable, key attribute …; test_rights does the same to rights."""
    program = gangway(**OPTIONS[options])
    pieces = [piece for piece in program.pieces() if not in_policy(piece)]
    assert [piece for piece in pieces if not is_broken(program.without(piece))] == []


def test_given_the_pieces_then_those_that_matter_most_are_among_them() -> None:
    body = ("scim-api", "body")
    pieces = set(gangway().pieces())
    assert pieces >= {
        (*body, "paths", "/scim/v2/{org}/{proxy+}"),
        (*body, "x-amazon-apigateway-gateway-responses", "THROTTLED", "responseParameters"),
        ("scim-api-function", "environment", "variables", "GANGWAY_TABLE"),
        ("directory-table", "attributes", 0),
        ("change-relay-mapping", "filterCriteria", "filters", 0, "pattern", "dynamodb"),
        ("scim-api-policy", "policy", "Statement", 0, "Action", 0),
        ("admin-deployment", "triggers", "body"),
    }


@pytest.mark.parametrize("options", OPTIONS)
def test_given_preview_then_the_program_survives_unknown_outputs(options: str) -> None:
    settings = {"codeArchive": CODE, **OPTIONS[options]}
    preview = record(settings, preview=True)
    assert len(preview.resources) == len(record(settings).resources)


def test_the_outputs_say_where_to_go() -> None:
    outputs = gangway().outputs
    assert outputs["tableName"] == outputs["eventBusName"] == "gangway-local"
    assert outputs["scimBaseUrl"].endswith(".amazonaws.com/live/scim/v2")
    assert outputs["provisioningBaseUrl"] == outputs["scimBaseUrl"].replace("/scim/v2", "/provisioning")
    assert outputs["adminUrl"].endswith(".amazonaws.com/live/admin/v1")


def test_given_a_public_url_then_functions_and_outputs_use_it() -> None:
    program = gangway(publicUrl="https://scim.example.com")
    assert program.outputs["scimBaseUrl"] == "https://scim.example.com/scim/v2"
    told = {f.name: f.inputs["environment"]["variables"] for f in program.all("lambda:Function")}
    assert told["scim-api-function"]["GANGWAY_PUBLIC_URL"] == "https://scim.example.com"
    assert told["admin-api-function"]["GANGWAY_PUBLIC_URL"] == "https://scim.example.com"


@pytest.mark.row("BAK-03")
def test_given_deletion_protection_then_nothing_that_holds_data_can_be_deleted() -> None:
    recording = record({"codeArchive": CODE, "deletionProtection": "true"})
    kept = {resource.type.rpartition(":")[2] for resource in recording.resources if resource.protect}
    assert kept == {"Table", "Secret", "Key"}
    assert len([r for r in recording.resources if r.protect]) == 19
    assert {r.type.rpartition(":")[2] for r in recording.resources if r.retain_on_delete} == {"Table"}
    program = decoded(recording, {"deletionProtection": "true"})
    assert program.one("Table").inputs["deletionProtectionEnabled"] is True
    assert {key.inputs["deletionWindowInDays"] for key in program.all("kms:Key")} == {30}
    assert {secret.inputs["recoveryWindowInDays"] for secret in program.all("Secret")} == {30}


def test_given_a_restored_table_then_it_is_adopted_and_the_one_before_is_not_deleted() -> None:
    recording = record({"codeArchive": CODE, "preset": "production", "restoredTable": "gangway-local-restored"})
    table = recording.one("aws:dynamodb/table:Table")
    assert table.import_id == table.inputs["name"] == "gangway-local-restored"
    assert table.retain_on_delete
    told = recording.one("aws:lambda/function:Function", "scim-api-function").inputs["environment"]["variables"]
    assert told["GANGWAY_TABLE"] == recording.outputs["tableName"] == "gangway-local-restored"
    trial = record({"codeArchive": CODE}).one("aws:dynamodb/table:Table")
    assert (trial.import_id, trial.retain_on_delete) == ("", False)


def test_given_settings_then_they_reach_what_they_are_about() -> None:
    program = gangway(
        tokenShards="3", tokenPrefix="acme", tombstoneDays="14", rateLimit="25", eventRetentionDays="7",
        logRetentionDays="90", logLevel="DEBUG", functionMemory="512", tags='["team=identity"]',
    )  # fmt: skip
    told = {f.name: f.inputs["environment"]["variables"] for f in program.all("lambda:Function")}
    assert told["scim-api-function"]["GANGWAY_RATE_LIMIT"] == "25"
    assert told["scim-api-function"]["GANGWAY_TOMBSTONE_DAYS"] == "14"
    assert told["admin-api-function"]["GANGWAY_TOKEN_PREFIX"] == "acme"
    assert told["admin-api-function"]["GANGWAY_TOKEN_SHARDS"] == "3" == str(len(program.all("Secret")))
    assert told["change-relay-function"]["GANGWAY_EVENT_RETENTION_DAYS"] == "7"
    assert {variables["POWERTOOLS_LOG_LEVEL"] for variables in told.values()} == {"DEBUG"}
    assert {f.inputs["memorySize"] for f in program.all("lambda:Function")} == {512}
    assert {group.inputs["retentionInDays"] for group in program.all("LogGroup")} == {90}
    assert program.one("Table").inputs["tags"] == {"team": "identity", "project": "gangway", "stack": "local"}


def test_when_imported_then_modules_create_nothing_and_load_nothing_heavy() -> None:
    """Pulumi starts a process for every command; the firewall's classes alone would cost it seconds."""
    script = (
        "import pathlib, sys, importlib\n"
        "for path in sorted(pathlib.Path('infra/stack').glob('*.py')):\n"
        "    importlib.import_module(f'infra.stack.{path.stem}')\n"
        "print([name for name in sys.modules if name.startswith('pulumi_aws.wafv2.')])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_given_pulumis_working_directory_then_the_program_finds_its_modules() -> None:
    """Pulumi starts in infra/ with that folder first on the path; the rest comes from the installed project."""
    script = (
        "import sys; sys.path.insert(0, '.')\n"
        "import infra.stack, packaging\n"
        "print(infra.stack.__file__, packaging.__file__)"
    )
    command = [sys.executable, "-P", "-c", script]
    done = subprocess.run(command, cwd=ROOT / "infra", capture_output=True, text=True, check=True)
    ours, theirs = done.stdout.split()
    assert ours == str(ROOT / "infra" / "stack" / "__init__.py")
    assert "site-packages" in theirs


@pytest.mark.row("BAK-07")
def test_given_one_setting_then_a_second_stack_stands_by_or_works() -> None:
    def work(**settings: str) -> tuple[object, ...]:
        program = gangway(primaryStack="prod", **settings)
        return (
            program.outputs["duty"],
            {f.inputs.get("reservedConcurrentExecutions") for f in program.all("lambda:Function")},
            {mapping.inputs["enabled"] for mapping in program.all("EventSourceMapping")},
            {rule.inputs["state"] for rule in program.all("EventRule") if rule.name != "token-compactor-sweep"},
        )

    assert work() == ("standby", {0}, {False}, {"DISABLED"})
    assert work(duty="active") == ("active", {None}, {True}, {"ENABLED"})


def test_when_anything_that_keeps_a_second_stack_quiet_is_left_out_then_a_rule_speaks() -> None:
    program = gangway(**OPTIONS["standby"])
    quiet = [p for p in program.pieces() if p[1:] in (("reservedConcurrentExecutions",), ("enabled",), ("state",))]
    assert len(quiet) == 7 + 2 + 4
    assert [piece for piece in quiet if not is_broken(program.without(piece))] == []


def test_given_a_copied_table_then_the_program_leaves_the_list_of_copies_to_the_copies() -> None:
    recording = record({"codeArchive": CODE, "secondRegion": "us-west-2", "secondStack": "west"})
    assert recording.one("aws:dynamodb/table:Table").ignore_changes == ("replicas",)
    assert record({"codeArchive": CODE}).one("aws:dynamodb/table:Table").ignore_changes == ()


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"secondRegion": REGION, "secondStack": "west"}, f"secondRegion: {REGION} is the region of this stack"),
        ({"secondRegion": "us-west-2", "secondStack": "local"}, "secondStack: local is this stack"),
        ({"secondRegion": "us-west-2", "secondStack": "x" * 40}, "choose another stack name"),
    ],
)
def test_given_a_second_region_that_is_none_then_it_is_explained_before_anything_is_registered(
    settings: dict[str, str], said: str
) -> None:
    registered: list[str] = []

    def remember(resource: Any) -> tuple[str, dict[str, Any]]:
        registered.append(resource.urn)
        return "id", {}

    with pytest.raises(pulumi.RunError, match=re.escape(said)):
        record({"codeArchive": CODE, **settings}, on_resource=remember)
    assert registered == []


@pytest.mark.row("TOK-26")
@pytest.mark.parametrize(
    "later",
    [{}, {"tokenShards": "20", "dedicatedTokenSecrets": '["Ab3dEf9h"]'}, {"logLevel": "DEBUG", "rateLimit": "25"}],
    ids=["nothing changed", "more secrets", "other settings"],
)
def test_given_a_later_deployment_then_nothing_about_the_secrets_that_there_are_changes(later: dict[str, str]) -> None:
    """What functions have written into them is no input, so Pulumi neither sees it nor puts anything in its place."""
    before, after = (gangway(preset="production", **settings) for settings in ({}, later))
    secrets, kept = ({s.name: s.text for s in program.all("secretsmanager:Secret")} for program in (before, after))
    assert {name: inputs for name, inputs in kept.items() if name in secrets} == secrets
    assert not {"secretString", "secretBinary"} & {key for inputs in kept.values() for key in inputs}
    assert not [r for r in after.resources if r.type.startswith("aws:secretsmanager/secretVersion")]


def test_given_the_production_preset_then_what_holds_data_is_protected() -> None:
    recording = record(
        {"codeArchive": CODE, "preset": "production", "secondRegion": "us-west-2", "secondStack": "west"}
    )
    kinds = ("Table", "TableReplica", "Secret", "Key")
    holding = [r for r in recording.resources if r.custom and r.type.rpartition(":")[2] in kinds]
    assert len(holding) == 1 + 1 + 16 + 3
    assert all(resource.protect for resource in holding)
    assert not [r for r in record({"codeArchive": CODE}).resources if r.protect]


def test_given_a_second_stack_then_its_functions_have_the_same_rights_on_the_copies_and_none_elsewhere() -> None:
    """What the functions call is watched in the first stack; here only what the rights are on may differ."""
    first, second = gangway(), gangway(primaryStack="prod", duty="active")

    def rights(program: Program) -> dict[str, list[tuple[str, list[str]]]]:
        policies = {policy.name: policy.inputs["policy"]["Statement"] for policy in program.all("RolePolicy")}
        return {name: [(s["Sid"], s["Action"]) for s in statements] for name, statements in policies.items()}

    assert rights(first) == rights(second)
    granted = {
        resource
        for policy in second.all("RolePolicy")
        for statement in policy.inputs["policy"]["Statement"]
        for resource in statement["Resource"]
    }
    copies = {each for each in granted if ":dynamodb:" in each or ":secretsmanager:" in each}
    place = f"{REGION}:{ACCOUNT}"
    assert {each.partition("/stream/")[0] for each in copies} == {
        f"arn:aws:dynamodb:{place}:table/gangway-prod",
        f"arn:aws:secretsmanager:{place}:secret:gangway-prod/tokens/*",
    }
    assert all("gangway-local" in each or ":kms:" in each for each in granted - copies)
