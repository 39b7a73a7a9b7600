"""Operators look at organizations and tokens."""

from tests.infra.watched import Deployed


def use(stack: Deployed) -> None:
    """Create an organization and read back what there is."""
    organization = stack.organization("administered")
    assert stack.operate("GET", "/orgs")["organizations"]
    assert stack.operate("GET", f"/orgs/{organization.name}")["name"] == organization.name
    assert stack.operate("GET", f"/orgs/{organization.name}/tokens")["tokens"]
