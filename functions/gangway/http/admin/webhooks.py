"""Webhook endpoints, as operators add and watch them: a secret is in the answer that makes it and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from gangway.changes.snapshot import Place
from gangway.changes.webhooks import errors
from gangway.changes.webhooks.administration import Wishes
from gangway.changes.webhooks.ports import SenderUnavailableError
from gangway.http.admin.operation import SUPPORT, AdminCall, Area, Operation
from gangway.http.admin.paging import ATTEMPT, PageQuery, cursor_to, position_of
from gangway.http.admin.problems import ProblemType
from gangway.http.admin.webhook_models import (
    AnswerView,
    AttemptList,
    AttemptView,
    DeadLetterList,
    DeadLetterView,
    EndpointChange,
    EndpointList,
    EndpointView,
    EndpointWithSecret,
    NewEndpoint,
    Redrive,
    RedrivenView,
    Replay,
    SecretRotation,
    SnapshotProgress,
    SnapshotStep,
)
from gangway.http.routing import Route

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gangway.access.organizations import Organizations
    from gangway.changes.ports import ChangeLog
    from gangway.changes.webhooks.administration import Webhooks
    from gangway.changes.webhooks.ports import Stored
    from gangway.changes.webhooks.redelivery import Redelivery
    from gangway.changes.webhooks.snapshot_delivery import SnapshotDelivery

PROBLEMS: Mapping[type[Exception], ProblemType] = {
    errors.UnknownEndpointError: ProblemType(404, "unknown-endpoint", "There is no such endpoint"),
    errors.UnknownDeadLetterError: ProblemType(404, "unknown-dead-letter", "There is no such dead letter"),
    errors.InvalidEndpointError: ProblemType(400, "invalid-endpoint", "There can be no such endpoint"),
    errors.InvalidRangeError: ProblemType(400, "invalid-range", "The log has no such events"),
    errors.EndpointLimitError: ProblemType(
        409, "endpoint-limit-reached", "There are as many endpoints as there may be"
    ),
    errors.EndpointBusyError: ProblemType(409, "endpoint-busy", "The endpoint is being delivered to"),
    errors.NoSnapshotError: ProblemType(409, "no-snapshot", "The endpoint is not being told this snapshot"),
    SenderUnavailableError: ProblemType(503, "sender-unavailable", "Nothing can be posted at the moment"),
}

SNAPSHOT_MILLISECONDS: Final = 19_000
"""No message of a snapshot is posted with less than this left: a receiver may take 15 seconds."""


@dataclass(frozen=True, slots=True)
class _Webhooks:
    organizations: Organizations
    log: ChangeLog
    webhooks: Webhooks
    redelivery: Redelivery
    snapshots: SnapshotDelivery

    def list(self, call: AdminCall) -> EndpointList:
        organization_id = self._organization(call)
        last = self.log.last_number(organization_id)
        found = self.webhooks.all(organization_id)
        return EndpointList(endpoints=tuple(EndpointView.of(stored, last) for stored in found))

    def add(self, call: AdminCall) -> EndpointWithSecret:
        wanted = call.body(NewEndpoint)
        types = frozenset(wanted.types) if wanted.types is not None else None
        wishes = Wishes(wanted.url, types, wanted.form, wanted.audience, wanted.description)
        return self._with_secret(self.webhooks.add(self._organization(call), wishes), shown=True)

    def show(self, call: AdminCall) -> EndpointView:
        return self._view(self.webhooks.show(*self._endpoint(call)))

    def change(self, call: AdminCall) -> EndpointWithSecret:
        wanted = call.body(EndpointChange)
        types = frozenset(wanted.types) if wanted.types is not None else None
        wishes = Wishes(wanted.url, types, wanted.form, wanted.audience, wanted.description)
        stored, is_new = self.webhooks.change(*self._endpoint(call), wishes)
        return self._with_secret(stored, shown=is_new)

    def remove(self, call: AdminCall) -> None:
        self.webhooks.remove(*self._endpoint(call))

    def rotate_secret(self, call: AdminCall) -> EndpointWithSecret:
        overlap = timedelta(hours=call.body(SecretRotation).overlap_hours)
        return self._with_secret(self.webhooks.rotate_secret(*self._endpoint(call), overlap), shown=True)

    def enable(self, call: AdminCall) -> EndpointView:
        return self._view(self.redelivery.enable(*self._endpoint(call)))

    def disable(self, call: AdminCall) -> EndpointView:
        return self._view(self.redelivery.disable(*self._endpoint(call)))

    def test(self, call: AdminCall) -> AnswerView:
        return AnswerView.of(self.webhooks.test(*self._endpoint(call)))

    def deliveries(self, call: AdminCall) -> AttemptList:
        query = call.query(PageQuery)
        before = query.position(ATTEMPT) or None
        found, following = self.redelivery.deliveries(*self._endpoint(call), before, query.limit)
        return AttemptList(deliveries=tuple(map(AttemptView.of, found)), next_cursor=cursor_to(following))

    def dead_letters(self, call: AdminCall) -> DeadLetterList:
        query = call.query(PageQuery)
        found = self.redelivery.dead_letters(*self._endpoint(call), query.number, query.limit)
        following = str(found[-1].number) if len(found) == query.limit else None
        return DeadLetterList(dead_letters=tuple(map(DeadLetterView.of, found)), next_cursor=cursor_to(following))

    def redrive(self, call: AdminCall) -> RedrivenView:
        numbers = call.body(Redrive).numbers
        return RedrivenView(redriven=self.redelivery.redrive(*self._endpoint(call), numbers))

    def replay(self, call: AdminCall) -> EndpointView:
        wanted = call.body(Replay)
        return self._view(self.redelivery.replay(*self._endpoint(call), wanted.first, wanted.last))

    def snapshot(self, call: AdminCall) -> SnapshotProgress:
        organization_id, endpoint_id = self._endpoint(call)
        cursor = call.body(SnapshotStep).cursor
        begun = not cursor
        place = self.snapshots.begin(organization_id, endpoint_id) if begun else Place.parse(position_of(cursor))
        done = self.snapshots.go_on(
            organization_id, endpoint_id, place, call.actor, lambda: call.remaining_ms() > SNAPSHOT_MILLISECONDS
        )
        return SnapshotProgress(
            posted=done.posted,
            next_cursor=cursor_to(str(done.next) if done.next else None),
            refused=AnswerView.of(done.refused) if done.refused else None,
        )

    def _organization(self, call: AdminCall) -> str:
        return self.organizations.get(call.parameters["org"]).id

    def _endpoint(self, call: AdminCall) -> tuple[str, str]:
        return self._organization(call), call.parameters["endpoint"]

    def _view(self, stored: Stored) -> EndpointView:
        return EndpointView.of(stored, self.log.last_number(stored.endpoint.organization_id))

    def _with_secret(self, stored: Stored, *, shown: bool) -> EndpointWithSecret:
        secret = stored.endpoint.secrets[0] if shown else None
        return EndpointWithSecret(**self._view(stored).model_dump(), secret=secret)


def webhook_area(
    organizations: Organizations,
    log: ChangeLog,
    webhooks: Webhooks,
    redelivery: Redelivery,
    snapshots: SnapshotDelivery,
) -> Area:
    """The routes of webhook endpoints."""
    here = _Webhooks(organizations, log, webhooks, redelivery, snapshots)
    one = "/orgs/{org}/webhooks/{endpoint}"
    collection = {
        "GET": Operation("List webhook endpoints.", here.list, returns=EndpointList, roles=SUPPORT),
        "POST": Operation(
            "Add a webhook endpoint.", here.add, body=NewEndpoint, returns=EndpointWithSecret, status=201
        ),
    }
    item = {
        "GET": Operation("Show a webhook endpoint.", here.show, returns=EndpointView, roles=SUPPORT),
        "PATCH": Operation("Change a webhook endpoint.", here.change, body=EndpointChange, returns=EndpointWithSecret),
        "DELETE": Operation("Remove a webhook endpoint.", here.remove, status=204),
    }
    rotation = Operation(
        "Replace the signing secret.", here.rotate_secret, body=SecretRotation, returns=EndpointWithSecret
    )
    enabling = Operation("Deliver again.", here.enable, returns=EndpointView)
    disabling = Operation("Deliver nothing until it is enabled.", here.disable, returns=EndpointView)
    testing = Operation("Post a test event and show the answer.", here.test, returns=AnswerView, roles=SUPPORT)
    attempts = Operation(
        "List attempts at deliveries.", here.deliveries, query=PageQuery, returns=AttemptList, roles=SUPPORT
    )
    letters = Operation(
        "List events that were given up.", here.dead_letters, query=PageQuery, returns=DeadLetterList, roles=SUPPORT
    )
    redriving = Operation("Try dead letters again.", here.redrive, body=Redrive, returns=RedrivenView, roles=SUPPORT)
    replaying = Operation("Deliver a range of events again.", here.replay, body=Replay, returns=EndpointView)
    snapshot = Operation(
        "Deliver the present state as events, part by part.",
        here.snapshot,
        body=SnapshotStep,
        returns=SnapshotProgress,
    )
    routes = [
        Route("/orgs/{org}/webhooks", collection),
        Route(one, item),
        Route(f"{one}/rotate-secret", {"POST": rotation}),
        Route(f"{one}/enable", {"POST": enabling}),
        Route(f"{one}/disable", {"POST": disabling}),
        Route(f"{one}/test", {"POST": testing}),
        Route(f"{one}/deliveries", {"GET": attempts}),
        Route(f"{one}/dead-letters", {"GET": letters}),
        Route(f"{one}/redrive", {"POST": redriving}),
        Route(f"{one}/replay", {"POST": replaying}),
        Route(f"{one}/snapshot", {"POST": snapshot}),
    ]
    return Area("Webhooks", routes, PROBLEMS)
