"""A sound directory in which every kind of item occurs at least once, each where it can be found by name."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

from gangway.access.event_documents import organization_document
from gangway.access.organization import Organization
from gangway.access.revocation import Revocation
from gangway.access.tokens import Tokens
from gangway.changes.tell_access import organization_created
from gangway.changes.webhooks.endpoint import Endpoint, Progress
from gangway.changes.webhooks.ports import Delivery
from gangway.changes.webhooks.posting import Answer
from gangway.changes.webhooks.progress import Send
from gangway.diagnosis.failure import FailedRequest, RefusedToken
from gangway.directory.upkeep.erasure import Erasure
from gangway.directory.users import Users
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.deleted_users import DeletedUserTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.failures import FailureTable
from gangway.storage.organizations import OrganizationTable
from gangway.storage.outbox_table import OutboxTable
from gangway.storage.traces import TraceTable
from tests.access.fakes import ME
from tests.support.directories import REGISTRY, TABLE, context_for
from tests.support.scim import add_members, group_body, user_body
from tests.upkeep.scene import Scene

ENDPOINT, REMOVED = "ep1", "ep2"


def furnished() -> Scene:
    """One of its own for every test."""
    return _furnished().copy()


@cache
def _furnished() -> Scene:
    scene = Scene.new()
    _organization(scene)
    scene.desk.clock.advance(hours=2)  # hashes are no longer those of tokens that are being minted
    _people(scene)
    _webhooks(scene)
    _requests(scene)
    many = [each["value"] for each in scene.groups.read(scene.ids["big"])["members"]]
    scene.groups.patch(scene.ids["outer"], add_members(*many))
    return scene


def _organization(scene: Scene) -> None:
    """Its settings, a live token, and one that was revoked."""
    records, now = OrganizationTable(scene.desk.client, TABLE), scene.desk.clock.now()
    organization = Organization(scene.desk.organization, "acme", "Acme", now, token_limit=2)
    told = organization_created(ME.cause(organization.id, now), organization_document(organization))
    assert records.add_organization(organization, [told])
    tokens = Tokens(records, scene.hashes(), scene.desk.clock, token_prefix="gangway")
    for label in ("live", "revoked"):
        minted = tokens.mint(organization, by=ME, label=label, scopes=["read-only"])
        scene.ids[label] = minted.record.key_id
    Revocation(records, scene.hashes(), scene.desk.clock).revoke(organization, scene.ids["revoked"], by=ME)
    records.add(organization.id, 1_770_000_000, 3)


def _people(scene: Scene) -> None:
    """A group in a group; somebody just deleted, somebody erased, and a change that was set aside."""
    scene.ids["past"] = scene.groups.create(group_body("past"))["id"]
    scene.groups.delete(scene.ids["past"])
    scene.desk.store.work.clean_up(scene.ids["past"], lambda: True)
    scene.ids["outer"] = scene.groups.create(group_body("outer", [scene.ids["all"]]))["id"]
    for name in ("dan", "dora", "erica"):
        scene.ids[name] = scene.users.create(user_body(name, externalId=f"x-{name}"))["id"]
    scene.groups.patch(scene.ids["all"], add_members(scene.ids["dan"]))
    scene.users.delete(scene.ids["dan"])
    client, organization = scene.desk.client, scene.desk.organization
    users = Users(scene.desk.store, REGISTRY, context_for(organization, tombstone_days=0), scene.desk.clock)
    traces = TraceTable(client, TABLE, organization, scene.desk.clock)
    Erasure(users, DeletedUserTable(client, TABLE, organization), traces).erase(scene.ids["erica"])
    outbox = OutboxTable(client, TABLE)
    waiting = [change for lane in range(4) for change in outbox.read(organization, lane).changes]
    outbox.set_aside(next(each for each in waiting if each.resource_id == scene.ids["dora"]), "too large")


def _webhooks(scene: Scene) -> None:
    """An endpoint that was passed over with number 2, which the event bus refused too."""
    client, organization, now = scene.desk.client, scene.desk.organization, scene.desk.clock.now()
    endpoints = EndpointTable(client, TABLE, scene.desk.clock)
    for each in (ENDPOINT, REMOVED):
        endpoints.add(Endpoint(each, organization, "https://app.example", ("whsec_MfKQ9r8G",)), Progress())
    assert endpoints.remove(organization, REMOVED)
    stored = endpoints.load(organization, ENDPOINT)
    assert stored is not None
    log = ChangeLogTable(client, TABLE, scene.desk.clock)
    _first, entry = log.read(organization, 0, 2, with_values=False)
    event = entry.event()
    answer = Answer(status=500, failure=None, retry_after=None, milliseconds=12, excerpt="")
    send = Send(entry.number, event.resource_id, 10)
    attempt = Delivery(ENDPOINT, send, event.id, "request-1", now, answer, "dead")
    assert endpoints.save(stored, Progress(next=3), [attempt])
    log.set_unpublishable_aside(entry, "too large")
    log.set_published(organization, 4)


def _requests(scene: Scene) -> None:
    now = scene.desk.clock.now()
    failures = FailureTable(scene.desk.client, TABLE, scene.desk.clock)
    failed = FailedRequest(now - timedelta(minutes=2), "request-9", "POST", "/Users", 409, scene.ids["live"])
    failures.add(scene.desk.organization, failed, days=30)
    failures.count(scene.desk.organization, RefusedToken(now, scene.ids["live"], "wrong secret", 3), days=30)
