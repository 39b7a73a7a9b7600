"""Settings explain what is wrong with them before anything is registered."""

import re
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pydantic_core import PydanticUndefined

from infra.local.recorder import record
from infra.stack.configuration import SettingsError
from infra.stack.naming import Names
from infra.stack.presets import FROM_PRESET, PRESETS, PRODUCTION, TRIAL
from infra.stack.settings import Settings

PROJECT_FILE = Path(__file__).parents[2] / "Pulumi.yaml"
TYPES = {bool: "boolean", int: "integer", str: "string"}


def declared() -> dict[str, dict[str, str]]:
    """The settings in Pulumi.yaml; a YAML parser is not among the dependencies, and the file is simple."""
    found: dict[str, dict[str, str]] = {}
    for line in PROJECT_FILE.read_text().partition("\nconfig:\n")[2].splitlines():
        if heading := re.fullmatch(r"  (\w+):", line):
            setting = found[heading[1]] = {}
        elif entry := re.fullmatch(r"    (\w+): ?(.*)", line):
            key, value = entry.groups()
            setting[key] = "" if value == ">-" else value.removeprefix('"').removesuffix('"')
        elif text := re.fullmatch(r"      (\S.*)", line):
            setting[key] = f"{setting[key]} {text[1]}".strip()
    return found


def written(default: object) -> str:
    return str(default).lower() if isinstance(default, bool) else str(default)


def test_given_nothing_then_every_setting_has_a_default() -> None:
    assert Settings.from_config({}).token_shards == 16


def test_pulumi_yaml_declares_the_same_settings() -> None:
    fields = {Settings.key(name): field for name, field in Settings.model_fields.items()}
    project = declared()
    assert list(project) == list(fields)
    for key, field in fields.items():
        assert field.default is not PydanticUndefined
        assert project[key]["description"] == field.description, key
        by_preset = key in PRESETS[TRIAL]
        default = FROM_PRESET if by_preset else "[]" if field.default == () else written(field.default)
        assert project[key]["default"] == default, key
        assert project[key]["type"] == ("string" if by_preset else TYPES.get(type(field.default), "array")), key


def test_given_pulumis_own_defaults_then_they_are_accepted() -> None:
    given = {key: setting["default"] for key, setting in declared().items()}
    assert Settings.from_config(given) == Settings.from_config({})


def test_given_presets_then_they_are_about_the_same_settings_and_each_is_documented() -> None:
    assert PRESETS[TRIAL].keys() == PRESETS[PRODUCTION].keys() <= {Settings.key(name) for name in Settings.model_fields}
    for name, field in Settings.model_fields.items():
        key = Settings.key(name)
        if key in PRESETS[TRIAL]:
            assert PRESETS[TRIAL][key] == field.default
            value = str(PRESETS[PRODUCTION][key]).lower()
            assert f"(production: {value})" in (field.description or ""), key


def test_given_a_preset_then_what_is_left_to_it_follows_and_what_is_set_stays() -> None:
    settings = Settings.from_config({"preset": "production", "alarms": "false", "firewall": "preset"})
    assert (settings.deletion_protection, settings.recovery_days, settings.log_retention_days) == (True, 35, 365)
    assert (settings.firewall, settings.alarms) == (True, False)


def test_given_text_as_pulumi_hands_it_over_then_it_is_read() -> None:
    settings = Settings.from_config(
        {"deletionProtection": "true", "rateLimit": "25", "tags": '["team=identity"]', "extensions": '["User=a.json"]'}
    )
    assert (settings.deletion_protection, settings.rate_limit) == (True, 25)
    assert settings.tag_map == {"team": "identity"}
    assert settings.extensions == ("User=a.json",)


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("tokenShards", "0", "tokenShards: '0' will not do. Number of secrets"),
        ("tokenShards", "many", "tokenShards: 'many' will not do"),
        ("tokenPrefix", "Gangway", "2 to 16 lower-case letters"),
        ("publicUrl", "scim.example.com", "for example https://scim.example.com"),
        ("publicUrl", "https://scim.example.com/", "without a trailing slash"),
        ("logRetentionDays", "31", "logRetentionDays: CloudWatch keeps logs for certain numbers of days only; "),
        ("logRetentionDays", "31", "the nearest is 30"),
        ("logLevel", "info", "DEBUG, INFO, WARNING or ERROR"),
        ("functionMemory", "128", "functionMemory"),
        ("deletionProtection", "perhaps", "deletionProtection: 'perhaps' will not do"),
        ("extensions", "a.json", "extensions: is a list; set it with `pulumi config set --path 'extensions[0]' VALUE`"),
        ("tags", '["team"]', "each key=value"),
        (
            "preset",
            "staging",
            "preset: 'staging' will not do. Where settings that say `preset` get their values: trial",
        ),
        ("recoveryDays", "36", "recoveryDays: '36' will not do. Days back to which"),
        ("domainName", "https://scim.example.com", "for example scim.example.com"),
        ("adminVpcEndpoints", '["vpc-1"]', "VPC endpoints (vpce-...)"),
        ("webhookNetworks", '["10.0.0.0/99"]', "each address/prefix length"),
        ("pythonVersion", "3.12", "3.13 or 3.14"),
        ("alarmEmail", "operations", "Address that alarms are mailed to"),
        ("logRetentonDays", "30", "there is no such setting; did you mean logRetentionDays?"),
        ("secondRegion", "usw2", "Region in which copies of the table"),
        ("duty", "resting", "active, or standby"),
        ("colour", "blue", "there is no such setting; there are accessLogs, "),
    ],
)
def test_given_a_wrong_setting_then_the_message_says_what_would_do(setting: str, value: str, said: str) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        Settings.from_config({setting: value})


def test_given_several_mistakes_then_all_are_named() -> None:
    with pytest.raises(SettingsError) as error:
        Settings.from_config({"tokenShards": "0", "rateLimit": "0", "colour": "blue"})
    assert all(name in str(error.value) for name in ("tokenShards", "rateLimit", "colour"))


CERTIFICATE = "arn:aws:acm:eu-central-1:123456789012:certificate/1"
TWO = {"secondRegion": "us-west-2", "secondStack": "west"}
DOMAIN = {"domainName": "scim.example.com", "certificateArn": CERTIFICATE}


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"extensions": '["a.json"]', "codeArchive": "gangway.zip"}, "codeArchive names one that is built"),
        ({"domainName": "scim.example.com"}, "a domain needs a certificate"),
        ({"certificateArn": CERTIFICATE}, "and a certificate a domain"),
        ({"hostedZoneId": "Z1"}, "is for the record of domainName"),
        ({**DOMAIN, "publicUrl": "https://scim.example.com"}, "domainName says already"),
        ({**DOMAIN, "scimVpcEndpoints": '["vpce-1"]'}, "exclude each other"),
        ({"monthlyBudget": "100"}, "set alarms and alarmEmail too"),
        ({"secondRegion": "us-west-2"}, "copies need a stack that works with them"),
        ({"secondStack": "west"}, "copies need a stack that works with them"),
        ({**TWO, "primaryStack": "prod"}, "a stack has a second region, or is that of one"),
        ({"duty": "standby"}, "standby is for the stacks of two regions"),
        ({**TWO, **DOMAIN, "hostedZoneId": "Z1"}, "failing over is one change in DNS"),
        ({"primaryStack": "prod", **DOMAIN, "hostedZoneId": "Z1"}, "failing over is one change in DNS"),
    ],
)
def test_given_settings_that_contradict_each_other_then_the_conflict_is_explained(
    settings: dict[str, str], said: str
) -> None:
    with pytest.raises(SettingsError, match=re.escape(said)):
        Settings.from_config(settings)


def test_given_a_wrong_setting_then_nothing_is_registered() -> None:
    registered: list[str] = []

    def remember(resource: Any) -> tuple[str, dict[str, Any]]:
        registered.append(resource.urn)
        return "id", {}

    with pytest.raises(pulumi.RunError, match="tokenShards"):
        record({"tokenShards": "0"}, on_resource=remember)
    assert registered == []


def test_given_a_missing_bundle_then_the_next_step_is_named() -> None:
    with pytest.raises(pulumi.RunError, match=r"there is nothing at .*; leave the setting out to build a bundle"):
        record({"codeArchive": "nowhere.zip"})


@pytest.mark.parametrize("stack", ["a.b", "a b", "x" * 40])
def test_given_a_stack_name_that_aws_would_refuse_then_another_is_asked_for(stack: str) -> None:
    with pytest.raises(SettingsError, match="pulumi stack init"):
        Names.of("gangway", stack)
