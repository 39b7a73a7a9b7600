"""What a judgement is made on: items that were read together, and what it asks for beyond them.

A judge is a function that is given a `Sight`, asks it for items and partitions, and yields what is wrong with them. It
need not know beforehand what it will want: asking for something that was not read raises `Unread`, whoever called it
reads that too and calls it again. So the first look can be a cheap one at a whole page of items, and the second one at
exactly what one question hangs on, as it was at one moment.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple

from gangway.storage.keys import Key

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from gangway.directory.upkeep.fsck import Fault
    from gangway.storage.items import Item

    type Judge = Callable[["Sight"], Iterator["Flaw"]]


class Part(NamedTuple):
    """A partition, or the part of it whose sort keys begin with a prefix."""

    pk: str
    prefix: str = ""


@dataclass(frozen=True, slots=True)
class Flaw:
    """What is wrong with an item.

    Attributes:
        key: where it is, or ought to be.
        wrong: what was found there.
        right: what would be right.
        writes: the items that make it right (None: not to be there); None when no machine can decide it.
    """

    kind: str
    fault: Fault
    key: Key
    wrong: str
    right: str
    writes: Mapping[Key, Item | None] | None


class Unread(Exception):  # noqa: N818 - no error: a judge asks for more
    """A judge wants to see what has not been read."""

    def __init__(self, keys: Iterable[Key] = (), parts: Iterable[Part] = (), lasting: Iterable[Key] = ()) -> None:
        super().__init__()
        self.keys, self.parts, self.lasting = tuple(keys), tuple(parts), tuple(lasting)


@dataclass(slots=True)
class Sight:
    """Items as they were read.

    Attributes:
        items: single items, absent ones as None.
        parts: partitions, each with its items in order.
        lasting: items that never change once they are written, absent ones as None; they need not be read together.
    """

    items: dict[Key, Item | None] = field(default_factory=dict)
    parts: dict[Part, Sequence[Item]] = field(default_factory=dict)
    lasting: dict[Key, Item | None] = field(default_factory=dict)

    def one(self, key: Key) -> Item | None:
        """An item."""
        return self.all([key])[0]

    def all(self, keys: Sequence[Key]) -> list[Item | None]:
        """Several items."""
        if unread := [key for key in keys if key not in self.items]:
            raise Unread(unread)
        return [self.items[key] for key in keys]

    def part(self, part: Part) -> Sequence[Item]:
        """The items of a partition, or of a part of it."""
        if part not in self.parts:
            raise Unread(parts=[part])
        return self.parts[part]

    def unchanging(self, keys: Sequence[Key]) -> list[Item | None]:
        """Items that never change."""
        if unread := [key for key in keys if key not in self.lasting]:
            raise Unread(lasting=unread)
        return [self.lasting[key] for key in keys]


def key_of(item: Item) -> Key:
    """The key of an item."""
    return Key(item["pk"]["S"], item["sk"]["S"])


def kind_of(item: Item) -> str:
    """Its kind, empty if it has none."""
    return str(item.get("k", {}).get("S", ""))


def text_of(item: Item, name: str) -> str:
    """A string attribute; empty if there is none."""
    return str(item.get(name, {}).get("S", ""))


def number_of(item: Item, name: str) -> int | None:
    """A number attribute; None if there is none."""
    value = item.get(name, {}).get("N")
    return int(value) if value is not None else None
