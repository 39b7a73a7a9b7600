"""Every recorded sequence plays over HTTP without a failed step, on both emulators and in both URL forms.

Each is played in an organization of its own provider, because that decides which leniencies there are.
"""

import pytest

from infra.local.stack import LocalStack
from tests.idp import replay
from tests.support.admin import Admin

SEQUENCES = sorted(path.stem for path in replay.SEQUENCES.glob("*.json"))


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_given_a_recorded_sequence_when_it_is_played_then_no_step_fails(stack: LocalStack, sequence: str) -> None:
    base_url, token = organization_of(stack, provider=sequence)
    outcomes = replay.play(sequence, base_url, token)
    assert outcomes
    assert [(step.name, step.problems) for step in outcomes if step.failed] == []


def test_given_the_url_form_of_a_provider_when_jumpcloud_is_played_then_no_step_fails(stack: LocalStack) -> None:
    organization = stack.organizations[1]
    base_url = f"{stack.base_url}/provisioning/generic/v2"
    outcomes = replay.play("jumpcloud", base_url, organization.token)
    assert [(step.name, step.problems) for step in outcomes if step.failed] == []


def organization_of(stack: LocalStack, provider: str) -> tuple[str, str]:
    """Base URL and token of a new organization whose identity provider this is."""
    admin, name = Admin(stack), f"of-{provider}"
    created = admin.post("/orgs", {"name": name, "provider": provider})
    return created["scimBaseUrl"], admin.post(f"/orgs/{name}/tokens", {"label": "replay"})["token"]
