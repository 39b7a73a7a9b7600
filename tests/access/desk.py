"""Everything an operator works with, over records and hashes in memory or on moto."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from gangway.access.authentication import AuthenticationFailed, Authenticator
from gangway.access.kill_switch import KillSwitch
from gangway.access.organizations import Organizations
from gangway.access.revocation import Revocation
from gangway.access.tokens import Tokens
from tests.access.fakes import ME, MemoryHashes, MemoryRecords, SettableClock

if TYPE_CHECKING:
    from gangway.access.organization import Organization
    from gangway.access.tokens import Minted


class Desk:
    """A running function: use cases with a memory of their own."""

    def __init__(self, records: Any = None, hashes: Any = None, clock: SettableClock | None = None) -> None:
        self.records = records or MemoryRecords()
        self.hashes = hashes or MemoryHashes()
        self.clock = clock or SettableClock()
        self.organizations = Organizations(self.records, self.clock)
        self.tokens = Tokens(self.records, self.hashes, self.clock, token_prefix="gangway")
        self.revocation = Revocation(self.records, self.hashes, self.clock)
        self.kill_switch = KillSwitch(self.records, self.hashes, self.clock)
        self.authenticator = Authenticator(self.records, self.hashes, self.clock, token_prefix="gangway")

    def organization(self, name: str = "acme", **settings: Any) -> Organization:
        """Create an organization."""
        return self.organizations.create(name, by=ME, **settings)

    def mint(self, organization: Organization, label: str = "token", **wanted: Any) -> Minted:
        """Mint a token."""
        return self.tokens.mint(organization, by=ME, label=label, **wanted)

    def accepts(self, minted: Minted) -> bool:
        """Whether a request with the token gets in; 503 is neither and raised."""
        try:
            self.authenticator.authenticate([f"Bearer {minted.token}"])
        except AuthenticationFailed:
            return False
        return True

    def told(self) -> list[str]:
        """The types of the events, in order."""
        return [event.type for event in self.records.told]
