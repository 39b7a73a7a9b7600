"""How tokens are named and shown."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from infra.cli.output import Column, show_facts
from infra.cli.times import to_the_minute

if TYPE_CHECKING:
    from infra.cli.output import Json, Output

KeyId = Annotated[
    str, typer.Argument(metavar="KEY_ID", help="Which token: its second part, between underscores; see `token list`.")
]


def state(token: Json) -> str:
    """Its state; one that another is to follow, or that was made for a few minutes, is marked."""
    if token["brief"]:
        return f"{token['state']}, brief"
    return f"{token['state']}, ending" if token["state"] == "active" and token["successor"] else str(token["state"])


COLUMNS = (
    Column("KEY ID", "keyId"),
    Column("LABEL", "label"),
    Column("STATE", state),
    Column("CREATED", lambda row: to_the_minute(row["created"])),
    Column("EXPIRES", lambda row: to_the_minute(row["expires"]) or "never"),
    Column("LAST USED", lambda row: row["lastUsed"] or "never"),
    Column("SCOPES", lambda row: row["scopes"] or "all"),
)


def show_token(token: Json, output: Output) -> None:
    """Show what is known of one token."""
    facts = {
        "key id": token["keyId"],
        "label": token["label"],
        "state": state(token),
        "created": to_the_minute(token["created"]),
        "by": token["creator"],
        "expires": to_the_minute(token["expires"]) or "never",
        **({"revoked": to_the_minute(token["ended"])} if token["ended"] else {}),
        "last used": token["lastUsed"] or "never",
        "scopes": token["scopes"] or "all",
        "from": token["sourceRanges"] or "anywhere",
        "replaced by": token["successor"],
    }
    show_facts(token, facts, output)
