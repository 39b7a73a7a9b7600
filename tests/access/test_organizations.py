"""What an operator does with organizations, and what is told of it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from gangway.access.errors import InvalidOrganizationName, OrganizationNameTaken, UnknownOrganization, WrongState
from gangway.access.organization import RESERVED_NAMES
from gangway.access.providers import PROVIDERS
from gangway.scim.dialect import CREATE_BY_REPLACE, LENIENT, RULES, STRICT
from gangway.scim.errors import Unavailable
from tests.access.desk import Desk
from tests.access.fakes import ME, NOON, MemoryRecords

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gangway.access.organization import Organization
    from gangway.changes.event import ChangeEvent

MONTH = timedelta(days=30)


def test_given_a_new_organization_then_it_is_found_by_its_name_in_any_case(desk: Desk) -> None:
    acme = desk.organization("Acme", provider="okta", strict=True)
    assert acme == desk.organizations.get("ACME")
    assert (acme.name, acme.display_name, acme.provider, acme.strict) == ("acme", "Acme", "okta", True)


def test_given_okta_then_unknown_members_are_skipped_unless_the_operator_says_otherwise(desk: Desk) -> None:
    assert desk.organization("one", provider="okta").unknown_members == "skip"
    assert desk.organization("two", provider="okta", unknown_members="refuse").unknown_members == "refuse"
    assert desk.organization("three", provider="entra").unknown_members == "refuse"


@pytest.mark.parametrize("name", ["", "-a", "a-", "a b", "a#b", "a/b", "é", "аcme", "a" * 64, "a.b", "a_b", "ACME\n"])
def test_ISO_05_given_a_name_that_cannot_be_in_a_url_or_a_key_then_it_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(InvalidOrganizationName):
        desk.organization(name)


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_SCM_10_given_a_reserved_name_then_it_is_refused(desk: Desk, name: str) -> None:
    with pytest.raises(InvalidOrganizationName):
        desk.organization(name.upper())


def test_given_a_taken_name_in_another_case_then_it_is_refused(desk: Desk) -> None:
    desk.organization("acme")
    with pytest.raises(OrganizationNameTaken):
        desk.organization("ACME")


def test_given_no_such_organization_then_it_is_unknown(desk: Desk) -> None:
    with pytest.raises(UnknownOrganization):
        desk.organizations.get("acme")


def test_given_several_organizations_then_pages_give_each_once_in_the_order_of_names(desk: Desk) -> None:
    for name in ("b", "a", "c"):
        desk.organization(name)
    first, following = desk.organizations.page(limit=2)
    second, end = desk.organizations.page(following or "", limit=2)
    assert [organization.name for organization in (*first, *second)] == ["a", "b", "c"]
    assert (following, end) == ("b", None)


def test_given_changed_settings_then_the_rest_stays_and_the_event_says_what_differs_and_by_whom(desk: Desk) -> None:
    desk.organization("acme", required_attributes=("emails",))
    changed = desk.organizations.change("acme", by=ME, display_name="Acme Inc.", strict=True)
    assert (changed.display_name, changed.strict, changed.required_attributes) == ("Acme Inc.", True, ("emails",))
    created, updated = desk.records.told
    assert (created.type, created.version, created.actor) == ("organization.created", 1, ME.principal)
    assert (updated.type, updated.version, updated.request_id) == ("organization.updated", 2, ME.request_id)
    assert updated.before == {"displayName": "acme", "strict": False}
    assert updated.after == {"displayName": "Acme Inc.", "strict": True}


def test_given_settings_that_are_as_wanted_when_changed_then_nothing_is_written_or_told(desk: Desk) -> None:
    acme = desk.organization("acme", strict=True)
    assert desk.organizations.change("acme", by=ME, strict=True) == acme
    assert desk.told() == ["organization.created"]


def test_given_a_pause_when_repeated_and_resumed_then_each_change_of_state_is_told_once(desk: Desk) -> None:
    desk.organization()
    for _ in range(2):
        assert desk.organizations.pause("acme", by=ME).state == "paused"
    for _ in range(2):
        assert desk.organizations.resume("acme", by=ME).state == "active"
    assert desk.told() == ["organization.created", "organization.updated", "organization.updated"]


def test_given_a_paused_organization_when_deleted_and_restored_then_it_is_paused_as_before(desk: Desk) -> None:
    desk.organization(token_limit=3)
    paused = desk.organizations.pause("acme", by=ME)
    deleting = desk.organizations.delete("acme", by=ME, users="delete", grace=MONTH)
    assert deleting.state == "deleting"
    assert deleting.deletion is not None
    assert deleting.deletion.due == NOON + MONTH
    restored = desk.organizations.restore("acme", by=ME)
    assert restored == paused._replace(version=restored.version)


def test_given_a_deletion_that_is_due_when_restored_then_it_is_too_late(desk: Desk) -> None:
    desk.organization()
    desk.organizations.delete("acme", by=ME, users="remove", grace=MONTH)
    desk.clock.advance(MONTH.total_seconds())
    with pytest.raises(WrongState, match="over"):
        desk.organizations.restore("acme", by=ME)


def test_given_states_that_do_not_allow_it_then_it_is_refused(desk: Desk) -> None:
    acme = desk.organization()
    with pytest.raises(WrongState, match="not being deleted"):
        desk.organizations.restore("acme", by=ME)
    desk.organizations.delete("acme", by=ME, users="remove", grace=MONTH)
    for attempt in (desk.organizations.pause, desk.organizations.resume):
        with pytest.raises(WrongState, match="restore it first"):
            attempt("acme", by=ME)
    with pytest.raises(WrongState, match="restore it first"):
        desk.organizations.delete("acme", by=ME, users="remove", grace=MONTH)
    with pytest.raises(WrongState, match="restore it first"):
        desk.mint(acme)


def test_given_two_operators_at_once_then_both_changes_are_kept(desk: Desk) -> None:
    class Rivals(MemoryRecords):
        """Another operator is faster, once."""

        rival = True

        def change_organization(self, before: Organization, after: Organization, events: Sequence[ChangeEvent]) -> bool:
            if self.rival:
                self.rival = False
                self.change(before, display_name="Rival", version=before.version + 1)
            return super().change_organization(before, after, events)

    desk = Desk(Rivals())
    desk.organization()
    changed = desk.organizations.change("acme", by=ME, strict=True)
    assert (changed.display_name, changed.strict, changed.version) == ("Rival", True, 3)


def test_given_rivals_without_end_then_503(desk: Desk) -> None:
    class Storm(MemoryRecords):
        def change_organization(self, *_arguments: object) -> bool:
            return False

    desk = Desk(Storm())
    desk.organization()
    with pytest.raises(Unavailable):
        desk.organizations.pause("acme", by=ME)


def test_given_the_providers_then_they_have_what_all_need_and_only_entra_has_a_rule_of_its_own() -> None:
    assert {
        name: provider.profile - LENIENT for name, provider in PROVIDERS.items() if provider.profile != LENIENT
    } == {"entra": {CREATE_BY_REPLACE.name}}
    assert all(LENIENT <= provider.profile <= RULES.keys() for provider in PROVIDERS.values())


def test_given_an_organization_then_its_leniencies_are_its_providers_unless_it_is_strict() -> None:
    desk = Desk()
    desk.organization(provider="entra")
    assert desk.organizations.get("acme").profile == PROVIDERS["entra"].profile
    assert desk.organizations.change("acme", by=ME, provider="jumpcloud").profile == LENIENT
    assert desk.organizations.change("acme", by=ME, provider="entra", strict=True).profile == STRICT


def test_given_entra_then_its_url_ends_in_the_flag() -> None:
    entra = PROVIDERS["entra"]
    assert entra.base_url("https://h/live", "acme") == "https://h/live/scim/v2/acme?aadOptscim062020"
