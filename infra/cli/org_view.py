"""How one organization is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.access.providers import PROVIDERS
from gangway.scim.dialect import LENIENT
from infra.cli.output import show_facts
from infra.cli.times import to_the_minute

if TYPE_CHECKING:
    from infra.cli.output import Json, Output


def show_organization(found: Json, output: Output) -> None:
    """Show one organization, with as much as is known of it."""
    facts: dict[str, object] = {
        "name": found["name"],
        "display name": found["displayName"],
        "provider": PROVIDERS[found["provider"]].title if found["provider"] in PROVIDERS else found["provider"],
        "state": _state(found),
        "created": to_the_minute(found["created"]),
        **_figures(found),
        "base URL": found.get("scimBaseUrl"),
        **_entered(found),
        "provisioning URL": found.get("provisioningBaseUrl"),
        "dialect": _dialect(found),
        "unknown members": found["unknownMembers"],
        "required": found["requiredAttributes"],
        "token limit": found["tokenLimit"],
        "rate limit": found["rateLimit"] or "as the stack says",
        "group names": "unique" if found["uniqueGroupNames"] else "twins allowed",
        "restores users for": "as the stack says"
        if found["tombstoneDays"] is None
        else f"{found['tombstoneDays']} days",
        "keeps failures for": f"{found['failureDays']} days",
        "id": found["id"],
    }
    show_facts(found, facts, output)


def _entered(found: Json) -> dict[str, object]:
    """What the provider's administrator enters, where that is not the plain base URL."""
    entered = found.get("connectionUrl")
    return {"entered there": entered} if entered and entered != found.get("scimBaseUrl") else {}


def _dialect(found: Json) -> str:
    """Strict, or lenient with the rules that only this provider has."""
    if found["strict"]:
        return "strict"
    own = PROVIDERS[found["provider"]].profile - LENIENT if found["provider"] in PROVIDERS else ()
    return f"lenient, {', '.join(sorted(own))}" if own else "lenient"


def _state(found: Json) -> str:
    deletion = found.get("deletion")
    return f"{found['state']}, gone after {to_the_minute(deletion['due'])}" if deletion else str(found["state"])


def _figures(found: Json) -> dict[str, object]:
    if "users" not in found:
        return {}
    return {
        "users": found["users"],
        "groups": found["groups"],
        "live tokens": found["liveTokens"],
        "last sync": found["lastSync"] or "never",
    }
