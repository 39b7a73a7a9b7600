"""The models and schemas that applications use fit what is really written."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import get_args

import pytest
from pydantic import ValidationError

from gangway.changes.entry import FIRST_SEAL, enter
from gangway.changes.event import EVENT_TYPES, SCHEMA_VERSION, Cause, ChangeEvent
from gangway.changes.models import GroupMembersChanged, UserCreated, json_schemas, parse_event
from gangway.changes.tell import resource_created
from tests.changes.fakes import LANES, Memory
from tests.changes.test_relay import Function
from tests.changes.traffic import Traffic

SCHEMAS = Path(__file__).parents[2] / "docs" / "event-schemas"


def test_every_event_of_random_traffic_is_understood_with_and_without_values() -> None:
    memory = Memory()
    traffic = Traffic(random.Random(3), memory.commit)
    for _ in range(200):
        traffic.change_something()
    Function(memory).ring(range(LANES))

    for entry in memory.log:
        full, thin = parse_event(json.dumps(entry.full())), parse_event(json.dumps(entry.thin()))
        event = entry.event()
        assert (
            (full.id, full.type, full.number)
            == (thin.id, thin.type, thin.number)
            == (event.id, event.type, entry.number)
        )
        if isinstance(full, GroupMembersChanged):
            assert tuple(full.data.members_added or ()) == event.members_added
        else:
            assert (full.data.before, full.data.after) == (event.before, event.after)
    assert {entry.event().type for entry in memory.log} == {
        name for name in EVENT_TYPES if name.startswith(("user.", "group."))
    }


def test_members_that_a_later_release_adds_are_ignored_and_missing_ones_are_not() -> None:
    event = resource_created(Cause("T", "kid", "req", "2026-01-31T12:00:00.000Z"), "User", "u1", 1, {"userName": "ada"})
    document = enter(event, 1, FIRST_SEAL).full() | {"id": "u1-1"}

    assert isinstance(parse_event(json.dumps(document | {"colour": "blue"})), UserCreated)
    del document["data"]["resourceId"]
    with pytest.raises(ValidationError):
        parse_event(json.dumps(document))


def test_there_is_a_schema_for_every_type_and_the_stored_ones_are_current() -> None:
    schemas = json_schemas()

    assert schemas.keys() == EVENT_TYPES
    stored = {file.stem: json.loads(file.read_text()) for file in SCHEMAS.glob("*.json")}
    assert stored == schemas, "run: python -m gangway.changes.models docs/event-schemas"


def test_models_and_events_are_of_the_same_schema_version() -> None:
    assert get_args(UserCreated.model_fields["schema_version"].annotation) == (SCHEMA_VERSION,)
    assert (
        ChangeEvent.from_document(
            resource_created(Cause("T", "kid", "req", "2026-01-31T12:00:00.000Z"), "User", "u1", 1, {}).to_document()
        ).version
        == 1
    )
