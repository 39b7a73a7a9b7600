"""Every recorded sequence plays over HTTP without a failed step, on both emulators and in both URL forms."""

import pytest

from infra.local.stack import LocalStack
from tests.idp import replay

SEQUENCES = sorted(path.stem for path in replay.SEQUENCES.glob("*.json"))


@pytest.mark.parametrize("sequence", SEQUENCES)
def test_given_a_recorded_sequence_when_it_is_played_then_no_step_fails(stack: LocalStack, sequence: str) -> None:
    organization = stack.organizations[0]
    outcomes = replay.play(sequence, organization.scim_base_url, organization.token)
    assert outcomes
    assert [(step.name, step.problems) for step in outcomes if step.failed] == []


def test_given_the_url_form_of_a_provider_when_jumpcloud_is_played_then_no_step_fails(stack: LocalStack) -> None:
    organization = stack.organizations[1]
    base_url = f"{stack.base_url}/provisioning/generic/v2"
    outcomes = replay.play("jumpcloud", base_url, organization.token)
    assert [(step.name, step.problems) for step in outcomes if step.failed] == []
