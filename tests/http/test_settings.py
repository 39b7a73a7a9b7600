"""SCM-06, REL-26: a function whose environment is wrong does not start."""

import json
from pathlib import Path

import pytest

from gangway.scim.schema import ExtensionFile
from gangway.settings.admin_api import AdminApiSettings
from gangway.settings.base import SettingsError, extension_files
from gangway.settings.scim_api import ScimApiSettings

GOOD = {
    "GANGWAY_TABLE": "t",
    "GANGWAY_TOKEN_SECRETS": "t/tokens/",
    "GANGWAY_TOKEN_SHARDS": "16",
    "GANGWAY_TOKEN_PREFIX": "acme",
    "GANGWAY_PUBLIC_URL": "https://scim.example.com/base/",
    "GANGWAY_RATE_LIMIT": "25",
    "POWERTOOLS_SERVICE_NAME": "scim-api",
    "POWERTOOLS_METRICS_NAMESPACE": "Gangway",
    "PATH": "/bin",
}


def test_given_all_variables_then_they_are_read_and_typed() -> None:
    settings = ScimApiSettings.from_environment(GOOD)
    assert (settings.table, settings.token_shards, settings.rate_limit) == ("t", 16, 25)


def test_given_only_what_is_required_then_the_rest_has_defaults() -> None:
    optional = ("GANGWAY_TOKEN_SHARDS", "GANGWAY_TOKEN_PREFIX", "GANGWAY_PUBLIC_URL", "GANGWAY_RATE_LIMIT")
    settings = ScimApiSettings.from_environment({name: value for name, value in GOOD.items() if name not in optional})
    assert (settings.token_shards, settings.token_prefix, settings.public_url) == (16, "gangway", None)


@pytest.mark.parametrize(
    "name", ["GANGWAY_TABLE", "GANGWAY_TOKEN_SECRETS", "POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE"]
)
@pytest.mark.parametrize("value", [None, ""])
def test_SCM_06_REL_26_given_a_missing_or_empty_variable_then_the_function_does_not_start(
    name: str, value: str | None
) -> None:
    environment = {**GOOD, name: value}
    with pytest.raises(SettingsError, match=name):
        ScimApiSettings.from_environment({key: text for key, text in environment.items() if text is not None})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GANGWAY_TOKEN_SHARDS", "many"),
        ("GANGWAY_TOKEN_SHARDS", "0"),
        ("GANGWAY_TOKEN_PREFIX", "Acme_"),
        ("GANGWAY_PUBLIC_URL", "scim.example.com"),
        ("GANGWAY_RATE_LIMIT", "-1"),
        ("GANGWAY_TABEL", "typo"),
    ],
)
def test_given_a_wrong_or_unknown_variable_then_the_message_names_it_and_not_its_value(name: str, value: str) -> None:
    with pytest.raises(SettingsError, match=name) as refused:
        ScimApiSettings.from_environment({**GOOD, name: value})
    assert value not in str(refused.value).replace(name, "")


def test_given_the_variables_of_another_function_then_they_are_refused() -> None:
    with pytest.raises(SettingsError, match="GANGWAY_RATE_LIMIT"):
        AdminApiSettings.from_environment(GOOD)


def test_LOG_02_given_event_logging_then_the_function_does_not_start() -> None:
    with pytest.raises(SettingsError, match="POWERTOOLS_LOGGER_LOG_EVENT"):
        ScimApiSettings.from_environment({**GOOD, "POWERTOOLS_LOGGER_LOG_EVENT": "true"})


def test_given_extensions_in_the_bundle_then_folder_and_file_name_say_what_they_are(tmp_path: Path) -> None:
    for folder in ("_", "User"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "badge.json").write_text(json.dumps({"id": folder}))
    assert extension_files(tmp_path) == [
        ExtensionFile("User", "badge.json", {"id": "User"}),
        ExtensionFile(None, "badge.json", {"id": "_"}),
    ]
    assert extension_files(tmp_path / "none") == []
