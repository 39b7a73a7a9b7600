"""`gangway org guide`: the pages of docs/idp with an organization's own values."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from typer.main import get_command

from gangway.access.providers import PROVIDERS
from infra.cli.guide import PAGES, filled, page
from infra.cli.main import app
from tests.cli.fakes import admin_api

PUBLIC = "https://scim.example.com"


def organization(provider: str) -> dict[str, Any]:
    return {
        "name": "globex",
        "displayName": "Globex Corp.",
        "provider": provider,
        "scimBaseUrl": f"{PUBLIC}/scim/v2/globex",
        "provisioningBaseUrl": f"{PUBLIC}/provisioning/{provider}/v2",
        "connectionUrl": PROVIDERS[provider].base_url(PUBLIC, "globex"),
    }


@pytest.mark.parametrize("provider", PROVIDERS)
def test_every_provider_has_a_guide_with_nothing_left_to_fill_in(provider: str) -> None:
    text = filled(page(PROVIDERS[provider].guide), organization(provider))

    assert text.startswith("# ")
    assert f"`{organization(provider)['connectionUrl']}`" in text
    assert "<host>" not in text
    assert not re.search(r"\bacme\b|Acme", text)
    assert "](" not in text, "a link to another page leads nowhere from here"


def test_entra_is_given_its_switch_in_every_url_it_is_to_use() -> None:
    text = filled(page(PROVIDERS["entra"].guide), organization("entra"))

    assert "| **Tenant URL** | `https://scim.example.com/scim/v2/globex?aadOptscim062020` |" in text


@pytest.mark.parametrize(
    ("provider", "fields"),
    [
        ("jumpcloud", ["**Base URL**", "**Token Key**", "**Test User Email**", "Enable management of User Groups"]),
        ("entra", ["**Tenant URL**", "**Secret Token**", "**Test Connection**", "objectId"]),
        (
            "okta",
            ["**SCIM connector base URL**", "**Unique identifier field for users**", "**HTTP Header: Authorization**"],
        ),
    ],
)
def test_a_page_names_every_field_with_the_value_it_takes(provider: str, fields: list[str]) -> None:
    text = filled(page(PROVIDERS[provider].guide), organization(provider))

    assert all(field in text for field in fields)
    assert organization(provider)["scimBaseUrl"] in text


@pytest.mark.parametrize("provider", ["jumpcloud", "entra", "okta"])
def test_a_page_covers_what_an_administrator_goes_through(provider: str) -> None:
    headings = " ".join(re.findall(r"^## (.+)$", page(PROVIDERS[provider].guide), re.MULTILINE)).lower()

    for subject in (
        "prerequisites",
        "token",
        "connect",
        "mapping",
        "group",
        "import",
        "deactivat",
        "troubleshooting",
        "limits",
    ):
        assert subject in headings, subject


def test_every_command_that_a_page_names_exists() -> None:
    root = get_command(app)
    for file in PAGES.glob("*.md"):
        for name, sub in re.findall(r"gangway ([a-z]+)(?: ([a-z]+))?", file.read_text(encoding="utf-8")):
            command = root.commands[name]  # type: ignore[attr-defined]  # a group of commands
            if hasattr(command, "commands"):
                assert sub in command.commands, f"{file.name}: gangway {name} {sub}"


def test_the_command_prints_markdown_or_hands_it_to_a_script() -> None:
    with admin_api({"GET /orgs/globex": (200, organization("okta"))}) as api:
        text = api.run("org", "guide", "globex").stdout
        assert text.startswith("# Okta\n")
        told = json.loads(api.run("org", "guide", "globex", "-o", "json").stdout)
        assert (told["provider"], told["baseUrl"]) == ("okta", f"{PUBLIC}/scim/v2/globex")
        assert told["guide"] == text.removesuffix("\n")
