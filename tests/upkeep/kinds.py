"""Every kind of item, what can go wrong with one, and what is found then: the table that `test_fsck` goes through.

Each kind has four cases: one is deleted, altered, there twice in meaning, or left where nothing implies it. A text in
place of a case says why there is none, or why nobody could know.
"""

from __future__ import annotations

import json
from copy import deepcopy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gangway.storage import items, keys, organization_items
from gangway.storage.member_writes import cell_of
from tests.upkeep.furnished import ENDPOINT, REMOVED
from tests.upkeep.scene import where

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.upkeep.scene import Item, Scene

    type Choice = Callable[[Scene, Item], bool]
    type Change = Callable[[Scene, Item], Item]

ONE_KEY = "Its key is its meaning: a second one would be the same item."
A_HINT = "It saves a read, or counts for a minute; a wrong one costs one request, and it expires."
OF_THE_STACK = "It belongs to the stack, and a check is of one organization."
A_DIARY = "It records what happened and nothing depends on it; it expires."


@dataclass(frozen=True)
class Damage:
    """What is done to a sound directory, and what is found.

    Attributes:
        finding: kind and fault.
        changed: makes the damaged item of the chosen one; None: it is deleted.
        instead: whether the damaged item takes the place of the chosen one.
        elsewhere: the finding names another item, which shows the damage.
        beyond: no machine can put it right, so it is found again until a person has.
    """

    finding: tuple[str, str]
    changed: Change | None = None
    instead: bool = False
    elsewhere: bool = False
    beyond: bool = False

    def done_to(self, scene: Scene, item: Item) -> str | None:
        """Do it; returns the place that must be named."""
        damaged = self.changed(scene, deepcopy(item)) if self.changed else item
        if self.changed is None or (self.instead and where(damaged, "") != where(item, "")):
            scene.drop(item)
        if self.changed is not None:
            scene.put(damaged)
        return None if self.elsewhere else where(damaged, scene.desk.organization)


@dataclass(frozen=True)
class Kind:
    """One kind of item.

    Attributes:
        key: what makes its key.
        chosen: which one is damaged, by name and never by order: ids are made by chance.
    """

    key: object
    chosen: Choice
    deleted: Damage | str
    altered: Damage | str
    duplicated: Damage | str
    orphaned: Damage | str


def lost(kind: str, fault: str = "missing", *, elsewhere: bool = False, beyond: bool = False) -> Damage:
    return Damage((kind, fault), elsewhere=elsewhere, beyond=beyond)


def altered(
    kind: str, change: Change, *, fault: str = "altered", elsewhere: bool = False, beyond: bool = False
) -> Damage:
    return Damage((kind, fault), change, elsewhere=elsewhere, beyond=beyond)


def copied(kind: str, fault: str, *changes: Change, elsewhere: bool = False) -> Damage:
    def changed(scene: Scene, item: Item) -> Item:
        for change in changes:
            item = change(scene, item)
        return item

    return Damage((kind, fault), changed, elsewhere=elsewhere)


def text(name: str, change: Callable[[str], str]) -> Change:
    return lambda _scene, item: item | {name: {"S": change(item[name]["S"])}}


def number(name: str, value: int) -> Change:
    return lambda _scene, item: item | {name: {"N": str(value)}}


def at(change: Callable[[Scene, str], str]) -> Change:
    """Under another sort key."""
    return lambda scene, item: item | {"sk": {"S": change(scene, item["sk"]["S"])}}


def beside(change: Callable[[Scene, str], str]) -> Change:
    """In another partition."""
    return lambda scene, item: item | {"pk": {"S": change(scene, item["pk"]["S"])}}


def of(name: str) -> Choice:
    return lambda scene, item: bool(item.get("i", {}).get("S") == scene.ids[name])


def keyed(*, pk: str = "", sk: str = "") -> Choice:
    """By the ends of its keys; names in braces stand for ids."""

    def is_chosen(scene: Scene, item: Item) -> bool:
        ends = (pk.format(**scene.ids), sk.format(**scene.ids))
        return bool(item["pk"]["S"].endswith(ends[0]) and item["sk"]["S"].endswith(ends[1]))

    return is_chosen


def another(resource_id: str) -> str:
    """An id that nobody has, of the same kind."""
    return f"{resource_id[:-6]}ffff{resource_id[-2:]}"


def anyone(_scene: Scene, _item: Item) -> bool:
    return True


def names_another(_scene: Scene, item: Item) -> Item:
    return item | {"sk": {"S": another(item["sk"]["S"])}, "i": {"S": another(item["i"]["S"])}}


def with_document(**attributes: str) -> Change:
    return lambda _scene, item: item | {"d": {"S": json.dumps(json.loads(item["d"]["S"]) | attributes)}}


def with_members_of_another_cell(scene: Scene, item: Item) -> Item:
    members = items.unpacked(item["a"])
    stranger = next(each for each in scene.ids.values() if len(each) == 36 and cell_of(each) != cell_of(members[0]))
    return item | {"a": items.packed((*members, stranger))}


def buried_under(name: str) -> Change:
    """A tombstone of that name, where it belongs."""

    def changed(scene: Scene, item: Item) -> Item:
        key = keys.lookup(scene.desk.organization, "U.userName", name, None)
        return with_document(userName=name)(scene, item) | {"pk": {"S": key.pk}, "sk": {"S": key.sk}}

    return changed


def names_nobody(_scene: Scene, item: Item) -> Item:
    return item | {"i": {"S": another(item["i"]["S"])}}


def lists(group: str) -> Change:
    """One intent more, which is over."""
    return lambda scene, item: item | {"g": {"SS": [*item["g"]["SS"], f"{scene.ids[group]}#{'0' * 32}"]}}


def number_told_of(name: str) -> Callable[[Scene, str], str]:
    """The number of an entry about somebody."""
    return lambda scene, _key: next(
        item["sk"]["S"] for item in scene.items("values") if item["pk"]["S"].endswith(scene.ids[name])
    )


def into_the_outbox(scene: Scene, item: Item) -> Item:
    """The letter stays, and its change waits in the outbox too."""
    stream, _, sequence = item["sk"]["S"].removeprefix("outbox#").rpartition("#")
    key = keys.outbox(scene.desk.organization, scene.ids["dora"], stream, int(sequence))
    scene.put(item | {"pk": {"S": key.pk}, "sk": {"S": key.sk}, "k": {"S": "outbox"}})
    return item


KINDS: dict[str, Kind] = {
    "user": Kind(
        keys.head,
        of("ada"),
        deleted=lost("user"),
        altered=altered("user", text("d", lambda document: document.replace("a", "o"))),
        duplicated=copied("user", "duplicated", names_another),
        orphaned=copied("user", "orphaned", names_another, with_document(userName="nobody", externalId="x-nobody")),
    ),
    "user in a foreign place": Kind(
        keys.head,
        of("ada"),
        deleted="As a user.",
        altered="As a user.",
        duplicated=copied("user", "duplicated", at(lambda _scene, key: another(key))),
        orphaned=copied("user", "duplicated", at(lambda _scene, _key: "nobody")),
    ),
    "group": Kind(
        keys.head,
        of("all"),
        deleted=lost("group"),
        altered=altered("group", text("d", lambda document: document.replace("all", "oll"))),
        duplicated=copied("group", "duplicated", names_another),
        orphaned=copied("group", "orphaned", names_another, with_document(displayName="nobody", externalId="x-no")),
    ),
    "version": Kind(
        keys.version_cell,
        keyed(sk="{all}#3"),
        deleted=lost("version"),
        altered=altered("version", number("mu", 17)),
        duplicated=copied("version", "duplicated", at(lambda scene, _key: f"{scene.ids['all']}#9")),
        orphaned=copied("version", "orphaned", at(lambda scene, _key: f"{another(scene.ids['all'])}#3")),
    ),
    "member": Kind(
        keys.member,
        keyed(pk="{all}", sk="{ada}"),
        deleted=lost("member"),
        altered=altered("member", text("k", lambda _kind: "mirror")),
        duplicated=ONE_KEY,
        orphaned=copied("member", "orphaned", at(lambda scene, _key: scene.ids["cy"])),
    ),
    "mirror": Kind(
        keys.mirror,
        keyed(pk="{ada}", sk="{all}"),
        deleted=lost("mirror"),
        altered=altered("mirror", text("k", lambda _kind: "member")),
        duplicated=ONE_KEY,
        orphaned=copied("mirror", "orphaned", at(lambda scene, _key: scene.ids["big"])),
    ),
    "member who was deleted": Kind(
        keys.member,
        keyed(pk="{all}", sk="{ada}"),
        deleted="As a member.",
        altered="As a member.",
        duplicated=ONE_KEY,
        orphaned=copied("member", "orphaned", at(lambda scene, _key: scene.ids["gone"])),
    ),
    "intent": Kind(
        keys.intent,
        lambda scene, item: item["i"]["S"] == scene.ids["outer"],
        deleted=lost("header", "altered", elsewhere=True),
        altered=altered("intent", with_members_of_another_cell),
        duplicated=copied("intent", "duplicated", at(lambda _scene, key: f"{key[:32]}#0099")),
        orphaned=copied("intent", "orphaned", at(lambda _scene, key: "ab" * 16 + key[32:])),
    ),
    "intent of a deleted group": Kind(
        keys.intent,
        lambda scene, item: item["i"]["S"] == scene.ids["outer"],
        deleted="As an intent.",
        altered="As an intent.",
        duplicated="As an intent.",
        orphaned=copied("intent", "orphaned", beside(lambda scene, key: f"{key[:-36]}{scene.ids['past']}")),
    ),
    "header": Kind(
        keys.intent,
        keyed(pk="{outer}"),
        deleted=lost("header"),
        altered=altered("header", number("n", 2)),
        duplicated=ONE_KEY,
        orphaned=copied("intent", "orphaned", at(lambda _scene, key: "ab" * 16 + key[32:])),
    ),
    "lookup": Kind(
        keys.lookup,
        lambda scene, item: of("ada")(scene, item) and "#U.userName#" in item["pk"]["S"],
        deleted=lost("lookup"),
        altered=altered("lookup", lambda scene, item: item | {"i": {"S": scene.ids["bob"]}}),
        duplicated=copied("lookup", "orphaned", at(lambda scene, key: f"{key}#{scene.ids['ada']}")),
        orphaned=copied("lookup", "orphaned", at(lambda _scene, key: "0" * 40 + key[40:])),
    ),
    "lookup of a group": Kind(
        keys.lookup,
        lambda scene, item: of("all")(scene, item) and "#G.displayName#" in item["pk"]["S"],
        deleted=lost("lookup"),
        altered=altered("lookup", lambda scene, item: item | {"i": {"S": scene.ids["big"]}}),
        duplicated=copied("lookup", "duplicated", at(lambda scene, key: f"{key}#{scene.ids['all']}")),
        orphaned=copied("lookup", "orphaned", at(lambda _scene, key: "0" * 40 + key[40:])),
    ),
    "tombstone": Kind(
        keys.lookup,
        of("gone"),
        deleted="Its end is nowhere told: it expires, the name is given to somebody else, or there was to be none.",
        altered=altered("tombstone", text("d", lambda document: document.replace("x-gone", "x-went"))),
        duplicated=copied("tombstone", "duplicated", buried_under("went")),
        orphaned=copied("tombstone", "orphaned", buried_under("nobody"), names_nobody),
    ),
    "tombstone of the living": Kind(
        keys.lookup,
        of("gone"),
        deleted="As a tombstone.",
        altered=altered("tombstone", lambda scene, item: item | {"i": {"S": scene.ids["bob"]}}, fault="orphaned"),
        duplicated="As a tombstone.",
        orphaned="As a tombstone.",
    ),
    "counter": Kind(
        keys.counter,
        lambda _scene, item: item["sk"]["S"].startswith("U#") and item["n"]["N"] not in ("0", "40"),
        deleted=lost("counter", elsewhere=True),
        altered=altered("counter", number("n", 40), elsewhere=True),
        duplicated=copied("counter", "duplicated", at(lambda _scene, _key: "U#1f")),
        orphaned=copied("counter", "duplicated", at(lambda _scene, _key: "X#0")),
    ),
    "work": Kind(
        keys.work,
        keyed(sk="apply#{outer}"),
        deleted=lost("work"),
        altered=altered("work", lambda scene, item: item | {"i": {"S": scene.ids["cy"]}}),
        duplicated=ONE_KEY,
        orphaned=copied("work", "orphaned", at(lambda scene, _key: f"apply#{scene.ids['all']}")),
    ),
    "work of a deletion": Kind(
        keys.work,
        keyed(sk="gone#{dan}"),
        deleted=Damage(("member", "orphaned"), elsewhere=True),
        altered=altered("work", lambda _scene, item: item | {"by": {"S": "nobody"}}),
        duplicated=ONE_KEY,
        orphaned=copied("work", "orphaned", at(lambda scene, _key: f"gone#{scene.ids['ada']}")),
    ),
    "pending": Kind(
        keys.pending_intents,
        anyone,
        deleted=lost("pending"),
        altered=altered("pending", lists("all")),
        duplicated=ONE_KEY,
        orphaned="There is one for each organization, and it may list nothing.",
    ),
    "pending that forgets nesting": Kind(
        keys.pending_intents,
        anyone,
        deleted="As the list.",
        altered=altered("pending", lambda _scene, item: {n: v for n, v in item.items() if n != "x"}),
        duplicated=ONE_KEY,
        orphaned="As the list.",
    ),
    "outbox": Kind(
        keys.outbox,
        of("ada"),
        deleted=lost("outbox"),
        altered=altered("outbox", text("e", lambda _events: "[]")),
        duplicated=copied("outbox", "duplicated", at(lambda _scene, key: f"{key[:-2]}77")),
        orphaned=copied("outbox", "duplicated", at(lambda _scene, key: another(key[:36]) + key[36:])),
    ),
    "outbox of a deletion": Kind(
        keys.outbox,
        lambda scene, item: of("dan")(scene, item) and '"user.deleted"' in item["e"]["S"],
        deleted=lost("outbox"),
        altered=altered("outbox", number("v", 77)),
        duplicated=copied("outbox", "duplicated", at(lambda _scene, key: f"{key[:-2]}77")),
        orphaned="As in the outbox.",
    ),
    "log": Kind(
        keys.log_entry,
        keyed(sk="000000000003"),
        deleted=lost("log"),
        altered=altered("log", text("e", lambda skeleton: skeleton.replace("requestId", "someId"))),
        duplicated=copied("log", "orphaned", at(lambda _scene, _key: f"{700:012d}")),
        orphaned=copied("log", "orphaned", at(lambda _scene, _key: f"{keys.LOG_BUCKET + 7:012d}")),
    ),
    "values": Kind(
        keys.event_values,
        keyed(pk="{ada}"),
        deleted=lost("values"),
        altered=altered("values", text("e", lambda values: values.replace("a", "o"))),
        duplicated=copied("values", "orphaned", at(number_told_of("bob"))),
        orphaned=copied("values", "orphaned", at(lambda _scene, _key: f"{701:012d}")),
    ),
    "values of the deleted": Kind(
        keys.event_values,
        keyed(pk="{gone}"),
        deleted=lost("values"),
        altered=altered("values", text("e", lambda values: values.replace("n", "m"))),
        duplicated=copied("values", "orphaned", at(number_told_of("bob"))),
        orphaned=copied("values", "orphaned", at(lambda _scene, _key: f"{701:012d}")),
    ),
    "head": Kind(
        keys.log_head,
        anyone,
        deleted=lost("head"),
        altered=altered("head", number("n", 3)),
        duplicated=copied("head", "duplicated", at(lambda _scene, _key: "HEAD2")),
        orphaned="A log has a head as soon as it has an entry, and no organization is without one.",
    ),
    "cursor": Kind(
        keys.bus_cursor,
        anyone,
        deleted="Until something was published there is none; then all that is kept is published once more.",
        altered=altered("cursor", number("n", 99)),
        duplicated=copied("cursor", "duplicated", at(lambda _scene, _key: "BUS2")),
        orphaned="There is one for each organization.",
    ),
    "dead": Kind(
        keys.webhook_dead_letter,
        keyed(sk="hook#" + ENDPOINT + "#000000000002"),
        deleted="Nothing else says that an endpoint was passed over.",
        altered=altered("dead", text("why", lambda _reason: "")),
        duplicated=ONE_KEY,
        orphaned=copied("dead", "orphaned", at(lambda _scene, key: f"{key[:-12]}{702:012d}")),
    ),
    "dead on the bus": Kind(
        keys.dead_letter,
        keyed(sk="bus#000000000002"),
        deleted="Nothing else says that the event bus refused it.",
        altered=altered("dead", lambda _scene, item: {n: v for n, v in item.items() if n != "n"}),
        duplicated=ONE_KEY,
        orphaned=copied("dead", "orphaned", at(lambda _scene, _key: f"bus#{702:012d}")),
    ),
    "dead in the outbox": Kind(
        keys.dead_letter,
        of("dora"),
        deleted=lost("outbox", elsewhere=True),
        altered="What cannot be read is set aside for just that.",
        duplicated=copied("dead", "duplicated", into_the_outbox),
        orphaned=copied("dead", "orphaned", at(lambda _scene, key: f"nowhere#{key}")),
    ),
    "note": Kind(
        keys.erasure,
        keyed(sk="erased#{erica}"),
        deleted="Of somebody who was erased no values are expected once the events before have gone.",
        altered=altered("note", lambda _scene, item: {n: v for n, v in item.items() if n != "t"}),
        duplicated=ONE_KEY,
        orphaned=copied("note", "orphaned", at(lambda _scene, _key: "erased#nobody")),
    ),
    "note of a removed endpoint": Kind(
        keys.removed_endpoint,
        keyed(sk="endpoint#" + REMOVED),
        deleted="Only the attempts to deliver to it would say that it ever was, and they are found by this note.",
        altered=altered("note", text("k", lambda _kind: "dead")),
        duplicated=ONE_KEY,
        orphaned="It says that something is not there any more.",
    ),
    "note of damage": Kind(
        keys.log_damage,
        keyed(sk="erased#{erica}"),
        deleted="The damage that it notes is found again.",
        altered="As a note.",
        duplicated=ONE_KEY,
        orphaned=copied("note", "orphaned", at(lambda _scene, _key: f"damaged#-#{702:012d}")),
    ),
    "endpoint": Kind(
        keys.endpoint,
        anyone,
        deleted="Nothing else knows the URL and the secret.",
        altered=altered("endpoint", text("p", lambda _progress: "{")),
        duplicated="Two endpoints may have one URL; each hears everything.",
        orphaned="Every endpoint is an operator's own wish.",
    ),
    "endpoint that is ahead": Kind(
        keys.endpoint,
        anyone,
        deleted="As an endpoint.",
        altered=altered("endpoint", text("p", lambda progress: progress.replace('"next":3', '"next":99'))),
        duplicated="As an endpoint.",
        orphaned="As an endpoint.",
    ),
    "delivery": Kind(keys.delivery, anyone, A_DIARY, A_DIARY, A_DIARY, A_DIARY),
    "failure": Kind(
        keys.failure,
        anyone,
        deleted=A_DIARY,
        altered=altered("failure", text("d", lambda _document: "{")),
        duplicated=A_DIARY,
        orphaned=A_DIARY,
    ),
    "refusal": Kind(
        keys.refusal,
        anyone,
        deleted=A_DIARY,
        altered=altered("refusal", lambda _scene, item: {n: v for n, v in item.items() if n != "n"}),
        duplicated=A_DIARY,
        orphaned=A_DIARY,
    ),
    "bookmark": Kind(keys.bookmark, anyone, A_HINT, A_HINT, A_HINT, A_HINT),
    "rate": Kind(organization_items.rate_key, anyone, A_HINT, A_HINT, A_HINT, A_HINT),
    "meta": Kind(
        keys.access,
        anyone,
        deleted="Without its settings an organization is not found, so nobody can ask for a check of it.",
        altered=altered("meta", number("auth_epoch", 7), beyond=True),
        duplicated=copied("meta", "orphaned", at(lambda _scene, _key: "META2")),
        orphaned="The name leads to the settings, and they are what an organization is.",
    ),
    "token": Kind(
        keys.access,
        keyed(sk="{live}"),
        deleted=lost("token"),
        altered=altered("token", lambda _scene, item: item | {"scopes": {"L": []}}),
        duplicated=copied("token", "orphaned", at(lambda _scene, key: f"{key[:8]}12345678")),
        orphaned=copied("token", "orphaned", at(lambda _scene, key: f"Org00002{key[8:]}")),
    ),
    "token that was revoked": Kind(
        keys.access,
        keyed(sk="{revoked}"),
        deleted="What a token was is forgotten a while after its end.",
        altered=altered("token", text("state", lambda _state: "active")),
        duplicated="As a token.",
        orphaned="As a token.",
    ),
    "name": Kind(None, anyone, OF_THE_STACK, OF_THE_STACK, OF_THE_STACK, OF_THE_STACK),
}
