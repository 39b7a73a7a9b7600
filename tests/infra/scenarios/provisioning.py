"""Identity providers provision people and groups, small ones and one that no transaction can hold."""

from tests.idp.replay import play
from tests.infra.watched import Deployed

SEQUENCES = ("jumpcloud", "okta", "entra")
MANY = 60
"""Members of a group, more than one transaction takes."""


def use(stack: Deployed) -> None:
    """Play recorded sequences, then make the housekeeper's kind of work and let it be done."""
    for sequence in SEQUENCES:
        organization = stack.organization(sequence)
        play(sequence, organization.base_url, organization.token)
    everyone = [organization.create("/Users", {"userName": f"u{n}@example.com"}) for n in range(MANY)]
    members = [{"value": user["id"]} for user in everyone]
    organization.create("/Groups", {"displayName": "Everyone", "members": members})
    for service, kind in (("change-relay", "outbox"), ("housekeeper", "work")):
        stack.ring(service, kind)
        stack.sweep(service)
