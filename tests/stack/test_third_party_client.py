"""A third-party client discovers the service by itself and passes every check it knows."""

import httpx2
import pytest
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_tester import Status, check_server

from infra.local.stack import LocalStack
from tests.support.admin import Admin


@pytest.mark.slow
@pytest.mark.parametrize("strict", [False, True], ids=["lenient", "strict"])
def test_given_a_running_stack_when_scim2_tester_checks_it_then_every_check_succeeds(
    moto_stack: LocalStack, strict: bool
) -> None:
    base_url, token = organization(moto_stack, strict=strict)
    answers: list[int] = []

    def remember(response: httpx2.Response) -> None:
        answers.append(response.status_code)

    with httpx2.Client(
        base_url=base_url,
        headers={"Authorization": f"Bearer {token}"},
        event_hooks={"response": [remember]},
        trust_env=False,
        timeout=60,
    ) as http:
        results = check_server(SyncSCIMClient(http))

    assert len(results) > 100
    assert [status for status in answers if status >= 500 and status != 501] == []
    unsuccessful = [
        f"{result.status.name} {result.title}: {result.reason}"
        for result in results
        if result.status not in (Status.SUCCESS, Status.COMPLIANT, Status.ACCEPTABLE, Status.SKIPPED)
    ]
    assert unsuccessful == []


def organization(stack: LocalStack, *, strict: bool) -> tuple[str, str]:
    """Base URL and token of a new organization."""
    admin, name = Admin(stack), "to-the-letter" if strict else "forgiving"
    created = admin.post("/orgs", {"name": name, "strict": strict})
    return created["scimBaseUrl"], admin.post(f"/orgs/{name}/tokens", {"label": "scim2-tester"})["token"]
