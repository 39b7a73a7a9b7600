"""The relay on the real storage code: numbers, order and transactions as DynamoDB (in moto) keeps them."""

from __future__ import annotations

import itertools
import random
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.changes.entry import faults
from gangway.changes.event import Cause
from gangway.changes.fold import Picture, fold
from gangway.changes.ports import LostRaceError
from gangway.changes.publisher import Publisher
from gangway.changes.relay import Relay
from gangway.changes.sweeper import Sweeper
from gangway.changes.tell import change, members_changed, resource_created, resource_deleted
from gangway.changes.webhooks.endpoint import Endpoint, Progress
from gangway.changes.webhooks.ports import Delivery
from gangway.changes.webhooks.posting import Answer
from gangway.changes.webhooks.progress import Send
from gangway.storage import change_log, keys
from gangway.storage.change_log import ChangeLogTable
from gangway.storage.endpoints import EndpointTable
from gangway.storage.outbox_table import OutboxTable
from gangway.storage.sweep import OrganizationNames
from tests.changes.fakes import NOW, FixedClock, Memory, MemoryBus, MemoryWebhooks
from tests.changes.table import TABLE, commit, items, new_client, table, whole_log
from tests.changes.traffic import ORGANIZATION, Told, Traffic
from tests.changes.turns import Turns

if TYPE_CHECKING:
    from collections.abc import Iterator

LANES = range(keys.OUTBOX_LANES)
RETENTION = timedelta(days=90)
CAUSE = Cause(ORGANIZATION, "kid", "req", "2026-01-31T12:00:00.000Z")


def always() -> bool:
    return True


def do_not_wait(_seconds: float) -> None:
    """Nobody else is at work."""


@pytest.fixture
def client() -> Iterator[Any]:
    with table() as found:
        yield found


def relay(client: Any, ahead: timedelta = timedelta()) -> Relay:
    clock = FixedClock(ahead)
    return Relay(OutboxTable(client, TABLE), ChangeLogTable(client, TABLE, clock), clock, RETENTION, do_not_wait)


def user_created(version: int, user: str = "u1", **attributes: Any) -> Told:
    event = resource_created(CAUSE, "User", user, version, {"userName": user} | attributes)
    return Told(change(event), user, version)


@pytest.mark.slow
@given(st.integers(0), st.sampled_from([0, 0.02, 0.1]))
@settings(max_examples=12, deadline=None)
def test_three_relays_with_any_doorbells_and_deaths_anywhere_make_one_true_log(seed: int, deaths: float) -> None:
    rng = random.Random(seed)
    with table() as client:
        turns = Turns(rng, deaths)
        traffic = Traffic(rng, lambda told: commit(client, told))

        def write() -> None:
            for _ in range(20):
                traffic.change_something()
                turns.interrupt_alive()

        def work(ahead: timedelta) -> None:
            client = new_client(turns.interrupt)
            for _ in range(3):
                lanes = [lane for lane in LANES if rng.random() < 0.8]
                relay(client, ahead).move(ORGANIZATION, lanes, always)

        turns.run([write, *(lambda ahead=ahead: work(timedelta(minutes=ahead)) for ahead in (-5, 0, 5))])
        relay(client).move(ORGANIZATION, LANES, always)

        entries = whole_log(client)
        events = [entry.event() for entry in entries]
        ids = [f"{told.stream.replace('.', '-')}-{told.sequence}" for told in traffic.told]
        assert sorted(event.id for event in events) == sorted(ids)
        assert [entry.number for entry in entries] == list(range(1, len(ids) + 1))
        assert list(faults(entries)) == []
        assert fold(events) == Picture(traffic.documents, traffic.members)
        assert items(client, "outbox") == []


def test_many_changes_share_a_transaction(client: Any) -> None:
    for number in range(60):
        commit(client, [user_created(1, f"u{number}")])
    calls: list[str] = []

    relay(new_client(calls.append)).move(ORGANIZATION, LANES, always)

    assert len(whole_log(client)) == 60
    assert calls.count("before TransactWriteItems") == 2


def test_an_answer_that_is_lost_after_the_move_does_not_make_a_second_entry(client: Any) -> None:
    commit(client, [user_created(1)])

    def lose(call: str) -> None:
        if call == "after TransactWriteItems":
            raise ConnectionError

    with pytest.raises(ConnectionError):
        relay(new_client(lose)).move(ORGANIZATION, LANES, always)
    assert relay(client).move(ORGANIZATION, LANES, always).events == 0

    assert [entry.event().id for entry in whole_log(client)] == ["u1-1"]


def test_a_change_waits_while_a_transaction_is_at_its_predecessor(client: Any) -> None:
    """DynamoDB applies a transaction's items one by one; moto does not, so the moment in between is played here."""
    commit(client, [user_created(1)])
    commit(client, [user_created(2)])
    first = keys.outbox(ORGANIZATION, "u1", "u1", 1)
    hidden = client.get_item(TableName=TABLE, Key={"pk": {"S": first.pk}, "sk": {"S": first.sk}})["Item"]
    client.delete_item(TableName=TABLE, Key={"pk": {"S": first.pk}, "sk": {"S": first.sk}})
    being_applied = new_client()

    def refuse(**_: Any) -> Any:
        reasons = [{"Code": "TransactionConflict"}]
        error: Any = {"Error": {"Code": "TransactionCanceledException"}, "CancellationReasons": reasons}
        raise ClientError(error, "TransactGetItems")

    being_applied.meta.events.register("before-call.dynamodb.TransactGetItems", refuse)

    assert relay(being_applied).move(ORGANIZATION, LANES, always).finished is False
    assert whole_log(client) == []

    client.put_item(TableName=TABLE, Item=hidden)
    assert relay(client).move(ORGANIZATION, LANES, always).events == 2
    assert [entry.event().version for entry in whole_log(client)] == [1, 2]


def test_more_streams_of_one_resource_than_a_page_holds_are_put_in_order_together(client: Any) -> None:
    commit(client, [Told(change(resource_created(CAUSE, "Group", "g1", 1, {"displayName": "all"})), "g1", 1)])
    joins = [(version, members_changed(CAUSE, "g1", version, added=[f"u{version}"])) for version in range(2, 152)]
    for fifty in itertools.batched(joins, 50, strict=True):
        commit(client, [Told(told, f"g1.{v % 2}", v // 2, (("g1", 1),)) for v, told in fifty])

    relay(client).move(ORGANIZATION, LANES, always)

    assert [entry.event().version for entry in whole_log(client)] == list(range(1, 152))


def test_a_change_with_more_values_than_an_item_takes_goes_aside(client: Any) -> None:
    commit(client, [user_created(1, title="x" * 385 * 1024)])
    commit(client, [user_created(1, "u2")])

    moved = relay(client).move(ORGANIZATION, LANES, always)

    assert (moved.events, moved.set_aside, moved.finished) == (1, 1, True)
    (letter,) = items(client, "dead")
    assert "x" not in letter["why"]["S"].replace("transaction", "")


@pytest.mark.row("STR-04")
def test_STR_04_an_item_that_is_no_change_goes_aside_and_the_lane_moves_on(client: Any) -> None:
    commit(client, [user_created(1)])
    lane = keys.outbox_partition(ORGANIZATION, keys.outbox_lane("u1"))
    client.put_item(TableName=TABLE, Item={"pk": {"S": lane}, "sk": {"S": "garbage"}, "k": {"S": "outbox"}})

    moved = relay(client).move(ORGANIZATION, LANES, always)

    assert (moved.events, moved.set_aside, moved.finished) == (1, 1, True)
    assert items(client, "outbox") == []


@pytest.mark.row("STR-05")
def test_STR_05_a_dead_letter_goes_back_into_the_outbox_and_is_logged_once(client: Any) -> None:
    commit(client, [user_created(1)])
    outbox = OutboxTable(client, TABLE)
    (waiting,) = outbox.read(ORGANIZATION, keys.outbox_lane("u1")).changes
    outbox.set_aside(waiting, "on trial")
    with pytest.raises(LostRaceError):
        outbox.set_aside(waiting, "twice")

    (letter,) = outbox.dead_letters(ORGANIZATION)
    assert (letter.stream, letter.sequence, letter.reason) == ("u1", 1, "on trial")
    assert outbox.redrive(ORGANIZATION, letter.stream, letter.sequence)
    assert not outbox.redrive(ORGANIZATION, letter.stream, letter.sequence)
    relay(client).move(ORGANIZATION, LANES, always)

    assert [entry.event().id for entry in whole_log(client)] == ["u1-1"]
    assert outbox.dead_letters(ORGANIZATION) == ()


@pytest.mark.row("STR-08")
def test_STR_08_the_sweeper_finds_organizations_by_their_names(client: Any) -> None:
    commit(client, [user_created(1)])
    for name in ("acme", "zenith"):
        organization = {"acme": ORGANIZATION, "zenith": "T0000002"}[name]
        item = {"pk": keys.ORGANIZATION_NAMES, "sk": name, "organization": organization, "k": "name"}
        client.put_item(TableName=TABLE, Item={attribute: {"S": value} for attribute, value in item.items()})
    log, memory = ChangeLogTable(client, TABLE, FixedClock()), Memory()
    names = OrganizationNames(client, TABLE)
    publisher = Publisher(log, MemoryBus(memory), do_not_wait)
    sweeper = Sweeper(names, OutboxTable(client, TABLE), log, relay(client), publisher, MemoryWebhooks())

    swept = sweeper.sweep(always)

    assert (swept.organizations, swept.events, swept.published, swept.failures) == (2, 1, 1, {})
    assert log.published(ORGANIZATION) == log.last_number(ORGANIZATION) == 1
    assert names.bookmark() == ""


def test_erasing_a_person_leaves_the_numbers_and_no_value(client: Any) -> None:
    commit(client, [user_created(1, nickName="Countess")])
    commit(client, [user_created(1, "u2")])
    relay(client).move(ORGANIZATION, LANES, always)

    erased = ChangeLogTable(client, TABLE, FixedClock()).erase(ORGANIZATION, "u1")

    assert erased == 1
    assert "Countess" not in str(client.scan(TableName=TABLE)["Items"])
    entries = {entry.thin()["data"]["resourceId"]: entry for entry in whole_log(client)}
    assert sorted(entry.number for entry in entries.values()) == [1, 2]
    assert entries["u1"].full()["data"]["erased"] is True
    assert "nickName" in entries["u1"].full()["data"]["changed"]
    assert entries["u2"].event().after == {"userName": "u2"}
    assert list(faults(sorted(entries.values(), key=lambda entry: entry.number))) == []


def test_given_an_erased_person_when_the_log_is_folded_then_the_others_are_there_and_the_person_is_not(
    client: Any,
) -> None:
    left = user_created(2, nickName="Countess")
    gone = resource_deleted(CAUSE, "User", "u1", 3, {"userName": "u1", "nickName": "Countess"})
    for told in (user_created(1, nickName="Ada"), left, Told(change(gone), "u1", 3), user_created(1, "u2")):
        commit(client, [told])
    relay(client).move(ORGANIZATION, LANES, always)

    assert ChangeLogTable(client, TABLE, FixedClock()).erase(ORGANIZATION, "u1") == 3

    assert fold(entry.event() for entry in whole_log(client)) == Picture({"u2": {"userName": "u2"}}, {})


def test_given_receivers_that_quote_a_person_when_erased_then_the_quotes_go_and_the_attempts_and_dead_letters_stay(
    client: Any,
) -> None:
    commit(client, [user_created(1, nickName="Countess")])
    relay(client).move(ORGANIZATION, LANES, always)
    endpoints = EndpointTable(client, TABLE, FixedClock())
    endpoints.add(Endpoint("ep1", ORGANIZATION, "https://hooks.example/in", ("whsec_",)), Progress())
    stored = endpoints.load(ORGANIZATION, "ep1")
    assert stored is not None
    quoting = Answer(400, None, None, 5, "no such person: Countess")
    attempt = Delivery("ep1", Send(1, "u1", 10), "u1-1", "req", NOW, quoting, "dead")
    endpoints.save(stored, Progress(next=2), [attempt])

    ChangeLogTable(client, TABLE, FixedClock()).erase(ORGANIZATION, "u1")

    assert "Countess" not in str(client.scan(TableName=TABLE)["Items"])
    assert [tried.answer.status for tried in endpoints.deliveries_of(ORGANIZATION, "ep1", 1)] == [400]
    assert [letter.number for letter in endpoints.dead_letters(ORGANIZATION, "ep1", 0, 9)] == [1]


def test_readers_go_by_expiry_because_ttl_deletes_late(client: Any) -> None:
    for version in (1, 2, 3):
        commit(client, [user_created(version)])
        relay(client, ahead=timedelta(days=version)).move(ORGANIZATION, LANES, always)
    log = ChangeLogTable(client, TABLE, FixedClock(ahead=RETENTION + timedelta(days=2, minutes=1)))

    assert log.first_number(ORGANIZATION) == 3
    assert [entry.number for entry in log.read(ORGANIZATION, 0, 10, with_values=False)] == [3]
    assert log.last_number(ORGANIZATION) == 3

    later = ChangeLogTable(client, TABLE, FixedClock(ahead=RETENTION * 2))
    assert later.first_number(ORGANIZATION) == 4
    assert later.read(ORGANIZATION, 0, 10, with_values=False) == []


def test_the_log_goes_on_from_partition_to_partition(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "LOG_BUCKET", 4)
    for number in range(11):
        commit(client, [user_created(1, f"u{number}")])
    relay(client).move(ORGANIZATION, LANES, always)

    assert [entry.number for entry in whole_log(client)] == list(range(1, 12))
    log = change_log.ChangeLogTable(client, TABLE, FixedClock())
    assert [entry.number for entry in log.read(ORGANIZATION, 5, 100, with_values=False)] == [6, 7]
    assert log.read(ORGANIZATION, 11, 100, with_values=False) == []


def test_the_cursor_of_the_bus_never_goes_back(client: Any) -> None:
    log = ChangeLogTable(client, TABLE, FixedClock())

    for upto in (3, 2, 5):
        log.set_published(ORGANIZATION, upto)

    assert log.published(ORGANIZATION) == 5


@pytest.mark.row("STR-11")
def test_STR_11_an_altered_or_missing_entry_shows(client: Any) -> None:
    for number in range(5):
        commit(client, [user_created(1, f"u{number}")])
    relay(client).move(ORGANIZATION, LANES, always)
    assert list(faults(whole_log(client))) == []
    altered = keys.log_entry(ORGANIZATION, 2)
    gone = keys.log_entry(ORGANIZATION, 4)
    item = next(item for item in items(client, "log") if item["sk"]["S"] == altered.sk)
    item["e"]["S"] = item["e"]["S"].replace("user.created", "user.deleted")
    client.put_item(TableName=TABLE, Item=item)
    client.delete_item(TableName=TABLE, Key={"pk": {"S": gone.pk}, "sk": {"S": gone.sk}})
    values = next(item for item in items(client, "values") if item["sk"]["S"] == f"{1:012d}")
    values["e"]["S"] = values["e"]["S"].replace("userName", "nickName")
    client.put_item(TableName=TABLE, Item=values)

    assert list(faults(whole_log(client))) == [
        "the values of number 1 were altered",
        "number 2 was altered, or does not follow its predecessor",
        "after number 3 comes 5",
    ]


def test_expiry_is_counted_from_the_move(client: Any) -> None:
    commit(client, [user_created(1)])

    relay(client).move(ORGANIZATION, LANES, always)

    expiry = str(int((NOW + RETENTION).timestamp()))
    assert [item["ttl"]["N"] for item in items(client, "log") + items(client, "values")] == [expiry, expiry]
