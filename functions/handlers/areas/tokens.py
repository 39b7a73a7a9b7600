"""Wires the area of tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.access.kill_switch import KillSwitch
from gangway.access.revocation import Revocation
from gangway.access.vault_upkeep import VaultUpkeep
from gangway.http.admin.tokens import token_area

if TYPE_CHECKING:
    from gangway.http.admin.operation import Area
    from handlers.areas.shared import Shared


def make(shared: Shared) -> Area:
    """The area, with all that it needs."""
    records, vault, clock = shared.records, shared.vault, shared.clock
    return token_area(
        shared.organizations,
        shared.tokens,
        Revocation(records, vault, clock),
        KillSwitch(records, vault, clock),
        VaultUpkeep(records, vault, clock),
        clock,
    )
