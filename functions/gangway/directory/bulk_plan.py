"""In which order the operations of a bulk request run, and which of them at the same time.

Operations may refer to resources that other operations of the request create, before or after them, even in circles
(RFC 7644 section 3.7.1); so creation comes before use, depth first. A circle is broken where it closes: that resource
is created without the references that cannot be resolved yet and completed as soon as they can.

The client's order means something else as well: a deletion may free the userName that the next creation takes. Only
neighbours that do the same to resources of the same type, with different targets and different names, are taken to be
independent. That is what large bulk requests consist of, and everything else keeps its order.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

REFERENCE = "bulkId:"

# In a filter of a PATCH path, `members[value eq "bulkId:x"]`, the only place where a reference is part of a text.
_IN_A_PATH = re.compile(r'"bulkId:([^"\\]+)"')

# Values that may be unique, or that clients recognise a resource by: operations with the same one keep their order.
_NAMES = frozenset({"username", "displayname", "externalid"})


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation that makes sense by itself."""

    index: int
    """Its place in the request."""
    method: str
    resource_type: str
    target: str | None
    """Id of the resource, or a reference; None for POST."""
    bulk_id: str | None
    version: str | None
    data: Any

    def references(self) -> Iterator[str]:
        """The bulkIds it refers to."""
        yield from _references(self.data)
        if self.target is not None:
            yield from _references(self.target)


@dataclass(frozen=True, slots=True)
class Step:
    """An operation at its turn."""

    operation: Operation
    unresolved: frozenset[str] = frozenset()
    """The bulkIds it refers to that will be known later only."""
    completes: bool = False
    """Whether this is the second half of an operation that had unresolved references."""


@dataclass(slots=True)
class _Order:
    creators: Mapping[str, Operation]
    steps: list[Step] = field(default_factory=list)
    begun: set[int] = field(default_factory=set)
    created: set[str] = field(default_factory=set)
    incomplete: list[Step] = field(default_factory=list)

    def place(self, operation: Operation) -> None:
        """Append an operation, after the ones that create what it refers to."""
        if operation.index in self.begun:
            return
        self.begun.add(operation.index)
        references = {name for name in operation.references() if name in self.creators}
        for name in sorted(references, key=lambda name: self.creators[name].index):
            self.place(self.creators[name])
        step = Step(operation, frozenset(references - self.created))
        self.steps.append(step)
        if operation.bulk_id is not None and operation.method == "POST":
            self.created.add(operation.bulk_id)
        if step.unresolved:
            self.incomplete.append(step)
        for waiting in [step for step in self.incomplete if step.unresolved <= self.created]:
            self.incomplete.remove(waiting)
            self.steps.append(Step(waiting.operation, completes=True))


def in_order(operations: Iterable[Operation]) -> list[Step]:
    """All operations, creation before use, otherwise as the client sent them."""
    listed = list(operations)
    creators = {
        operation.bulk_id: operation
        for operation in listed
        if operation.method == "POST" and operation.bulk_id is not None
    }
    order = _Order(creators)
    for operation in listed:
        order.place(operation)
    return order.steps


def stages(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """Cut the sequence into runs of steps that may happen at the same time."""
    stage: list[Step] = []
    kind: tuple[str, str, bool] | None = None
    taken: set[str] = set()
    for step in steps:
        operation = step.operation
        step_kind = (operation.method, operation.resource_type, step.completes)
        needed = set(_keys(operation)) | {REFERENCE + name for name in operation.references()}
        if stage and (step_kind != kind or needed & taken):
            yield stage
            stage, taken = [], set()
        stage.append(step)
        kind = step_kind
        taken |= needed
        if operation.bulk_id is not None:
            taken.add(REFERENCE + operation.bulk_id)
    if stage:
        yield stage


def resolved(data: Any, ids: Mapping[str, str], unresolved: frozenset[str] = frozenset()) -> Any:
    """The data with ids in place of references; values that hold an unresolved one are left out.

    Raises:
        KeyError: a reference that is neither known nor expected later.
    """
    if isinstance(data, dict):
        members = ((name, _resolved(value, ids, unresolved)) for name, value in data.items())
        return {name: value for name, value in members if value is not _LEFT_OUT}
    return _resolved(data, ids, unresolved)


_LEFT_OUT = object()


def _resolved(value: Any, ids: Mapping[str, str], unresolved: frozenset[str]) -> Any:
    if isinstance(value, str) and value.startswith(REFERENCE):
        name = value.removeprefix(REFERENCE)
        return _LEFT_OUT if name in unresolved else ids[name]
    if isinstance(value, list):
        elements = (_resolved(element, ids, unresolved) for element in value)
        return [element for element in elements if element is not _LEFT_OUT]
    if isinstance(value, dict):
        members = {name: _resolved(_path(name, member, ids), ids, unresolved) for name, member in value.items()}
        # A member or a manager without its `value` is nobody.
        return _LEFT_OUT if any(member is _LEFT_OUT for member in members.values()) else members
    return value


def _path(name: str, value: Any, ids: Mapping[str, str]) -> Any:
    """The value, with ids in place of the references in a filter if it is the path of an operation."""
    if name.lower() != "path" or not isinstance(value, str):
        return value
    return _IN_A_PATH.sub(lambda match: f'"{ids[match[1]]}"', value)


def _references(value: Any, name: str = "") -> Iterator[str]:
    if isinstance(value, str):
        if value.startswith(REFERENCE):
            yield value.removeprefix(REFERENCE)
        elif name.lower() == "path":
            yield from _IN_A_PATH.findall(value)
    elif isinstance(value, dict):
        for key, child in value.items():
            yield from _references(child, key)
    elif isinstance(value, list):
        for child in value:
            yield from _references(child)


def _keys(operation: Operation) -> Iterator[str]:
    if operation.target is not None:
        yield f"{operation.resource_type}/{operation.target}"
    if isinstance(operation.data, dict):
        for name, value in operation.data.items():
            if name.lower() in _NAMES and isinstance(value, str):
                yield f"{name.lower()}={value.casefold()}"
