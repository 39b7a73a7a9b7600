"""An identity provider fails, with a good token and with a bad one; an operator looks why."""

from tests.idp.replay import send
from tests.infra.watched import Deployed

WRONG = "/Users/nobody"


def use(stack: Deployed) -> None:
    """Have a request and a token refused, and find both among the failures."""
    organization = stack.organization("failing")
    assert organization.send("GET", WRONG).status == 404
    other = stack.organization("failing-too")
    assert send(other.base_url, organization.token, {"method": "GET", "path": "/Users"}).status == 401
    found = stack.operate("GET", f"/orgs/{organization.name}/failures")["failures"]
    assert [each["causeId"] for each in found] == ["other-organization", "not-found"]
