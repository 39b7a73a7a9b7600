"""The admin API in the hands of somebody who may call it for one organization only, and of somebody who may not."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.security.account import Gangway, Tenant
from tests.support.client import GROUP, USER

if TYPE_CHECKING:
    from gangway.http.admin.api import AdminApi

UNKNOWN = "01900000-0000-7000-8000-000000000000"


class Office:
    """Two organizations with people, tokens, events and failed requests."""

    def __init__(self) -> None:
        self.gangway = Gangway()
        self.acme, self.globex = (self._lived_in(name) for name in ("acme", "globex"))
        self.gangway.sweep()
        api: AdminApi = self.gangway.account.module("admin_api").api
        self.routes = [route for area in api.areas for route in area.routes]
        # The public key comes from KMS, which is not played here, and is the same for everybody.
        reads = (route.template for route in self.routes if "GET" in route.endpoints)
        self.reads = sorted(template for template in reads if not template.endswith("/event-keys"))

    def _lived_in(self, name: str) -> Tenant:
        tenant = self.gangway.tenant(name)
        user = tenant.create("/Users", {"schemas": [USER], "userName": f"person.of.{name}"})
        tenant.create("/Groups", {"schemas": [GROUP], "displayName": f"g.{name}", "members": [{"value": user["id"]}]})
        tenant.send("GET", "/Users/0")
        return tenant

    def path(self, template: str, name: str, others: str = UNKNOWN) -> str:
        parts = ({"{org}": name}.get(part, others if part.startswith("{") else part) for part in template.split("/"))
        return "/".join(parts)

    def told(self, tenant: Tenant) -> list[str]:
        """What only that organization's answers may hold."""
        return [tenant.id, f"person.of.{tenant.name}", f"g.{tenant.name}"]


@pytest.fixture(scope="module")
def office() -> Office:
    return Office()


@pytest.mark.row("ISO-01", "SCM-05")
def test_given_every_read_of_one_organization_then_no_answer_mentions_another(office: Office) -> None:
    templates = [template for template in office.reads if "{org}" in template]
    assert len(templates) > 6
    for template in templates:
        answer = office.gangway.administer("GET", office.path(template, "acme"))
        assert answer.status < 500, (template, answer.text)
        assert not [each for each in office.told(office.globex) if each in answer.text], template


@pytest.mark.row("ISO-11")
@settings(max_examples=60)
@given(st.text(max_size=80) | st.sampled_from(["~", "\x00", "x" * 3_000, "globex", UNKNOWN]), st.booleans())
def test_given_a_cursor_that_somebody_made_up_then_400_or_ones_own_list(
    office: Office, text: str, encoded: bool
) -> None:
    raw = text.encode(errors="surrogatepass")
    cursor = base64.urlsafe_b64encode(raw).decode().rstrip("=") if encoded else base64.b32encode(raw).decode()
    for template in (each for each in office.reads if "{org}" in each):
        answer = office.gangway.administer("GET", f"{office.path(template, 'acme')}?cursor={cursor}")
        assert answer.status < 500, (template, answer.text)
        assert not [each for each in office.told(office.globex) if each in answer.text]


@pytest.mark.row("ISO-01")
def test_given_ids_and_key_ids_of_another_organization_then_they_are_unknown(office: Office) -> None:
    user = office.globex.send("GET", "/Users").json()["Resources"][0]["id"]
    key_id = office.globex.token.split("_")[1]
    before = [item for item in office.gangway.account.dynamodb.items() if item["pk"]["S"].startswith(office.globex.id)]
    for route in office.routes:
        if "{org}" not in route.template or route.template.count("{") < 2:
            continue
        for method in route.endpoints:
            body: Any = {} if method in ("POST", "PATCH", "PUT") else None
            foreign, unknown = (
                office.gangway.administer(method, office.path(route.template, "acme", others), body)
                for others in (
                    key_id if "tokens" in route.template else user,
                    "0" * 16 if "tokens" in route.template else UNKNOWN,
                )
            )
            assert foreign.status >= 400 or foreign.text == unknown.text, (route.template, foreign.text)
            assert foreign.status == unknown.status
    after = [item for item in office.gangway.account.dynamodb.items() if item["pk"]["S"].startswith(office.globex.id)]
    assert after == before


@pytest.mark.row("SCM-07", "SCM-02")
def test_given_nobody_who_signed_then_every_route_is_403_with_every_method(office: Office) -> None:
    before = list(office.gangway.account.dynamodb.items())
    for route in office.routes:
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE"):
            answer = office.gangway.administer(method, office.path(route.template, "acme"), {}, actor=None)
            assert answer.status == 403
    assert list(office.gangway.account.dynamodb.items()) == before


@pytest.mark.row("INP-18")
@pytest.mark.parametrize(
    "path",
    ["/orgs/acme%2Ftokens", "/orgs/acme/../globex", "/orgs//acme", "/orgs/acme/%2e%2e/globex/users", "/orgs/a%00"],
)
def test_given_a_path_with_two_readings_then_404(office: Office, path: str) -> None:
    """IAM judges the path as it is written, so a path that means another one would be judged wrongly."""
    assert office.gangway.administer("GET", path).status == 404
