"""`gangway org guide`: the set-up page of an organization's identity provider, with its own URL and name filled in.

The text is the page in `docs/idp`, not a second one: where that says `https://<host>/scim/v2/acme`, the guide says
what to paste. A token is never in it; it is handed over on its own.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import typer  # noqa: TC002  # typer reads annotations when it runs
from rich.markdown import Markdown

from gangway.access.providers import PROVIDERS
from infra.cli import org as organizations
from infra.cli.admin import connect, path
from infra.cli.arguments import Org  # noqa: TC001  # typer reads annotations when it runs
from infra.cli.errors import CliError, Exit
from infra.cli.examples import examples
from infra.cli.output import As, Output, console, show_json

if TYPE_CHECKING:
    from infra.cli.output import Json

PAGES = Path(__file__).resolve().parents[2] / "docs" / "idp"
_HOST = "https://<host>"
_LINK = re.compile(r"\[([^\]]+)\]\(([^)#]*\.md)?#?[^)]*\)")
_HEADING = re.compile(r"^## (.+)$", re.MULTILINE)
_OWN_NAME = re.compile(r"\bacme\b")


def add_to(_app: typer.Typer) -> None:
    """Add the command to the group of organizations."""
    organizations.group.command(
        epilog=examples(
            ("", "gangway org guide acme"),
            ("To send to the administrator", "gangway org guide acme > acme.md"),
        )
    )(guide)


def guide(context: typer.Context, org: Org, output: As = Output.TEXT) -> None:
    """Print the set-up for the organization's identity provider, with its own URL and values."""
    found = connect(context).get(path("orgs", org))
    if not found["connectionUrl"]:
        raise CliError("The stack does not know its public URL.", "Deploy it once more.", code=Exit.REFUSED)
    text = filled(page(PROVIDERS[found["provider"]].guide), found)
    if output is Output.JSON:
        show_json({"provider": found["provider"], "baseUrl": found["connectionUrl"], "guide": text})
    elif console().is_terminal:
        console().print(Markdown(text))
    else:
        print(text)


def page(name: str) -> str:
    """A page below docs/idp, or the section of it that the fragment names."""
    file, _, section = name.partition("#")
    text = (PAGES / file).read_text(encoding="utf-8")
    if not section:
        return text
    for heading in _HEADING.finditer(text):
        if _fragment(heading[1]) == section:
            following = _HEADING.search(text, heading.end())
            return "#" + text[heading.start() + 2 : following.start() if following else None].rstrip() + "\n"
    raise LookupError(f"{file} has no section {section}")


def filled(text: str, organization: Json) -> str:
    """A page with the organization's own URLs, name and display name."""
    scim, provisioning = organization["scimBaseUrl"], organization["provisioningBaseUrl"]
    public = scim.removesuffix(f"/scim/v2/{organization['name']}")
    for example, own in (
        (f"{_HOST}/scim/v2/acme", scim),
        (f"{_HOST}/provisioning/{organization['provider']}/v2", provisioning),
        (_HOST, public),
        ("Acme Inc.", organization["displayName"]),
    ):
        text = text.replace(example, own)
    text = _OWN_NAME.sub(organization["name"], text)
    first = f"Base URL of {organization['displayName']}: `{organization['connectionUrl']}`"
    title, _, rest = _LINK.sub(_plain, text).partition("\n")
    return f"{title}\n\n{first}\n{rest}"


def _plain(link: re.Match[str]) -> str:
    """A link to another page leads nowhere from here, so it names the page."""
    return f"{link[1]} (docs/idp/{link[2]})" if link[2] else link[1]


def _fragment(heading: str) -> str:
    return re.sub(r"[^a-z0-9 -]", "", heading.lower()).replace(" ", "-")
