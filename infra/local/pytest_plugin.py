"""A pytest fixture that runs Gangway on this machine, for the tests of an application that consumes it.

In the application's `conftest.py`:

    pytest_plugins = ["infra.local.pytest_plugin"]

Then a test asks for `gangway`, changes the directory as an identity provider would, and waits for what its own
receiver, or the events API, makes of it. One stack serves all tests of a session (it starts in about three seconds);
`gangway_organizations` can be overridden to have others than `acme`. Nothing leaves the machine and nothing is kept.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.httpsession import URLLib3Session

from infra.local.stack import DEFAULT_ORGANIZATION, LocalStack, Options

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Gangway:
    """A running stack, as an identity provider and as an operator see it."""

    stack: LocalStack

    def scim(self, method: str, path: str, body: object = None, *, org: str = DEFAULT_ORGANIZATION) -> Any:
        """Make a SCIM request as the organization's identity provider; `path` begins with `/Users` or the like.

        Raises:
            AssertionError: it was refused.
        """
        organization = next(each for each in self.stack.organizations if each.name == org)
        headers = {"Authorization": f"Bearer {organization.token}", "Content-Type": "application/scim+json"}
        return _answer(AWSRequest(method, organization.scim_base_url + path, headers, _text(body)))

    def admin(self, method: str, path: str, body: object = None) -> Any:
        """Make a request to the admin API; `path` begins with `/orgs`.

        Raises:
            AssertionError: it was refused.
        """
        headers = {"Content-Type": "application/json"}
        request = AWSRequest(method, f"{self.stack.base_url}/admin/v1{path}", headers, _text(body))
        own = self.stack.credentials
        SigV4Auth(Credentials(own.access_key_id, own.secret_access_key), "execute-api", own.region).add_auth(request)
        return _answer(request)

    def add_webhook(self, url: str, *, org: str = DEFAULT_ORGANIZATION, form: str = "full") -> str:
        """Have a receiver on this machine hear of every change from now on; gives its signing secret."""
        return str(self.admin("POST", f"/orgs/{org}/webhooks", {"url": url, "form": form})["secret"])


@pytest.fixture(scope="session")
def gangway_organizations() -> tuple[str, ...]:
    """Login names of the organizations to have; override it for others."""
    return (DEFAULT_ORGANIZATION,)


@pytest.fixture(scope="session")
def gangway(gangway_organizations: tuple[str, ...]) -> Iterator[Gangway]:
    """The whole of Gangway, running on this machine for as long as the tests do."""
    with LocalStack(Options(organizations=gangway_organizations)) as stack:
        yield Gangway(stack)


def _text(body: object) -> str | None:
    return None if body is None else json.dumps(body)


def _answer(request: AWSRequest) -> Any:
    answer = URLLib3Session(timeout=30).send(request.prepare())
    assert answer.status_code < 300, f"{request.method} {request.url}: {answer.status_code} {answer.text}"  # noqa: S101 - for tests
    return json.loads(answer.content) if answer.content else None
