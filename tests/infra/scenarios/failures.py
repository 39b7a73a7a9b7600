"""An identity provider fails, with a good token and with a bad one; an operator looks why."""

from gangway.access.token import compose, new_secret
from tests.idp.replay import send
from tests.infra.watched import Deployed

WRONG = "/Users/nobody"


def use(stack: Deployed) -> None:
    """Have a request and a token refused, and find both among the failures."""
    organization = stack.organization("failing")
    assert organization.send("GET", WRONG).status == 404
    other = stack.organization("failing-too")
    assert send(other.base_url, organization.token, {"method": "GET", "path": "/Users"}).status == 401
    made_up = compose("gangway", "0" * 16, new_secret())
    assert send(other.base_url, made_up, {"method": "GET", "path": "/Users"}).status == 401
    found = stack.operate("GET", f"/orgs/{organization.name}/failures")["failures"]
    assert [each["causeId"] for each in found] == ["other-organization", "not-found"]
