"""Folding: what a directory looks like to somebody who has only its events.

An application that keeps its own copy of the directory does exactly this, so it is the test of the whole way from
change to delivery: folding all events, or those since a snapshot began, must give the directory. Every event sets or
drops whole attributes and single members, so the last one to speak of something decides. That makes a snapshot usable
that was read while changes went on: the events since its beginning are applied on top, even those it already shows.

Order is promised within a resource only. So each event touches what its own resource owns and nothing else: a user's
deletion ends no memberships here, the groups tell of those themselves.

Of a person who was erased there are numbers and names of what changed, but no values. Such events say nothing that
could be applied, except the one that says that the person is gone, which is the last.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gangway.changes.difference import Fragment, apply

if TYPE_CHECKING:
    from collections.abc import Iterable

    from gangway.changes.event import ChangeEvent


@dataclass(slots=True)
class Picture:
    """Users and groups as told.

    Attributes:
        resources: stored form of each user and group, without members, by id.
        members: ids of each group's members, by the group's id; groups without members are left out.
    """

    resources: dict[str, Fragment] = field(default_factory=dict)
    members: dict[str, set[str]] = field(default_factory=dict)

    def apply(self, event: ChangeEvent) -> None:
        """Bring the picture up to an event. Events of one resource come in order; one that came before does no harm."""
        resource_id = event.resource_id
        if event.erased and not event.type.endswith(".deleted"):
            return
        match event.type:
            case "user.created" | "user.restored" | "group.created":
                self.resources[resource_id] = dict(event.after or {})
            case "user.deleted" | "group.deleted":
                self.resources.pop(resource_id, None)
                self.members.pop(resource_id, None)
            case "group.members_changed":
                self._set_members(
                    resource_id,
                    (self.members.get(resource_id, set()) - {*event.members_removed}) | {*event.members_added},
                )
            case "user.updated" | "user.deactivated" | "user.reactivated" | "group.updated":
                current = self.resources.get(resource_id, {})
                self.resources[resource_id] = apply(current, event.before or {}, event.after or {})
            case _:
                # organizations and tokens are no resources of the directory
                pass

    def _set_members(self, group_id: str, members: set[str]) -> None:
        if members:
            self.members[group_id] = members
        else:
            self.members.pop(group_id, None)


def fold(events: Iterable[ChangeEvent], onto: Picture | None = None) -> Picture:
    """Apply events in the given order, each id once, as a receiver does that hears some of them twice."""
    picture = onto or Picture()
    heard: set[str] = set()
    for event in events:
        if event.id not in heard:
            heard.add(event.id)
            picture.apply(event)
    return picture
