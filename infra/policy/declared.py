"""What rules read: resources with their inputs, as far as they are known.

During `pulumi preview` of a new stack, everything that AWS has yet to decide is unknown, and with it every text it is
part of, such as a policy that names a table by its ARN. A rule has nothing to say about what is unknown; `pulumi up`
asks it again when the value is there. Texts that hold JSON are decoded, so rules read policies like other inputs.
"""

from __future__ import annotations

import enum
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol


class Unknown(enum.Enum):
    """The type of `UNKNOWN`."""

    VALUE = "unknown"


UNKNOWN: Final = Unknown.VALUE
"""Stands for a value that is not known yet."""


class Resource(Protocol):
    """One resource that a program declares; inputs in Pulumi's spelling."""

    @property
    def type(self) -> str:
        """Pulumi's token, for example `aws:sqs/queue:Queue`."""

    @property
    def name(self) -> str:
        """Logical name."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """What the program asks for."""


class Stack(Protocol):
    """All resources of a program."""

    def all(self, kind: str) -> Sequence[Resource]:
        """Those of a kind: the last part of the type (`Table`), or module and part (`lambda:Function`)."""


type ResourceRule = Callable[[Resource], Iterator[str]]
"""Says what is wrong with one resource."""
type StackRule = Callable[[Stack], Iterator[str]]
"""Says what is wrong with resources as they stand together."""


@dataclass(frozen=True, slots=True)
class Declared:
    """Implements `Resource`."""

    type: str
    name: str
    inputs: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class DeclaredStack:
    """Implements `Stack`."""

    resources: Sequence[Declared]

    def all(self, kind: str) -> list[Declared]:
        """See `Stack.all`."""
        return [resource for resource in self.resources if is_a(resource, kind)]


def is_a(resource: Resource, *kinds: str) -> bool:
    """Whether a resource is of one of these kinds, named as for `Stack.all`."""
    for kind in kinds:
        module, _, last = kind.rpartition(":")
        if resource.type.endswith(f":{last}") and (not module or resource.type.startswith(f"aws:{module}/")):
            return True
    return False


def decoded(value: Any) -> Any:
    """A copy in which texts that hold JSON objects are those objects."""
    if isinstance(value, Mapping):
        return {key: decoded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [decoded(item) for item in value]
    is_json = isinstance(value, str) and value.startswith(("{", "[{")) and '"' in value
    return decoded(json.loads(value)) if is_json else value


def at(inputs: Any, *path: str) -> Any:
    """The input at the end of a path; None if there is none, and unknown if anything on the way is."""
    found = inputs
    for key in path:
        if found is UNKNOWN:
            return UNKNOWN
        found = found.get(key) if isinstance(found, Mapping) else None
    return found


def missing(value: Any) -> bool:
    """Whether an input was left out; an unknown one was not."""
    return value is None or value in ("", [], {})


def other(value: Any, wanted: Any) -> bool:
    """Whether an input is known to be other than it must be."""
    return value is not UNKNOWN and value != wanted


def several(value: Any) -> list[Any]:
    """Policies may have one thing where they may have a list of things."""
    return list(value) if isinstance(value, list) else [] if value is None else [value]


def statements(policy: Any) -> list[dict[str, Any]]:
    """The statements of a policy document; none while it is unknown."""
    return [each for each in several(at(policy, "Statement")) if isinstance(each, dict)]
