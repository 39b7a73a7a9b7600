"""What an organization is taken to do in a month. These are assumptions, not measurements; put your own in their place.

The organization has an identity provider that looks people up again and again, reads the whole directory once a day,
and passes on the changes of a company in which people come, move and go. Every change goes to the event bus and to one
webhook. Times are those that Lambda would bill; nothing here was run on AWS, and they are set high.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DAYS: Final = 30
USERS: Final = 500
"""People of an organization, unless said otherwise."""

GIGABYTES: Final = 1.0
"""Memory of a function: the setting functionMemory as it is without being set."""
REQUEST_SECONDS: Final = 0.030
"""A request's time beside its round trips to DynamoDB; starts of cold functions spread over all requests."""
ROUND_TRIP_SECONDS: Final = 0.008
CHANGE_SECONDS: Final = 0.400
"""Relay, dispatcher and sender together, for one change that comes alone; most of it waits for the receiver."""
SWEEP_SECONDS: Final = 20
"""A sweep that has not looked at all organizations by then goes on the next time."""
LOG_BYTES: Final = 2_500
"""What a request leaves in the logs: the function's line, Lambda's own lines, the gateway's line."""


@dataclass(frozen=True, slots=True)
class Habit:
    """Something that happens again and again.

    Attributes:
        operation: its name in `measured.OPERATIONS`.
        a_day: how often an organization does it a day, for every hundred of its users.
        why: who does it, and what for.
        changes: whether a change event follows.
    """

    operation: str
    a_day: float
    why: str
    changes: bool = False


HABITS = (
    Habit("filter userName eq", 100, "the provider looks each user up once a day"),
    Habit("GET user, one group", 50, "the provider, or your application, reads a user"),
    Habit("page of 100 with groups", 1, "the provider reads the directory once a day"),
    Habit("GET group without members", 20, "the provider looks at its groups"),
    Habit("POST user", 0.2, "somebody comes", changes=True),
    Habit("PATCH user", 4, "a name, a title, a department changes", changes=True),
    Habit("DELETE user", 0.2, "somebody goes", changes=True),
    Habit("PATCH group, add one", 2, "somebody joins a group", changes=True),
    Habit("PATCH group, remove one", 1, "somebody leaves a group", changes=True),
)
