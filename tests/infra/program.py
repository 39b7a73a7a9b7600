"""The recorded program as plain data: what rules read, and what mutations cut pieces out of.

JSON text in inputs (policies, API bodies, filter patterns) is decoded, so that a door or an action can be reached by a
path like any other input.
"""

import copy
import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Any

import pulumi

from infra.local.recorder import Recording, Resource, record

type Path = tuple[str | int, ...]
"""A resource's name, then the keys and positions that lead to a piece of its inputs."""

# Where the recorded functions' code would come from; nothing here runs it out of there.
CODE = str(FilePath(__file__).parents[2] / "functions")


@dataclass(frozen=True, slots=True)
class Declared:
    """A registered resource. `text` holds the inputs as they were, before decoding."""

    type: str
    name: str
    id: str
    inputs: dict[str, Any]
    outputs: Mapping[str, Any]
    text: Mapping[str, Any]

    @property
    def arn(self) -> str:
        return str(self.outputs["arn"])


@dataclass(frozen=True, slots=True)
class Program:
    """What the program declares."""

    resources: tuple[Declared, ...]
    outputs: Mapping[str, Any]

    def all(self, kind: str) -> list[Declared]:
        """All resources of a kind: the last part of the type (`Table`), or module and part (`lambda:Function`)."""
        module, _, last = kind.rpartition(":")
        return [
            r
            for r in self.resources
            if r.type.endswith(f":{last}") and (not module or r.type.startswith(f"aws:{module}/"))
        ]

    def one(self, kind: str) -> Declared:
        """The resource of a kind; a missing one has no inputs, so that every rule about them speaks."""
        found = self.all(kind)
        assert len(found) < 2, f"there are several {kind}"
        return found[0] if found else Declared(kind, "missing", "missing", {}, {"arn": "missing"}, {})

    def pieces(self) -> Iterator[Path]:
        """Every resource, and every key and item in its inputs."""
        for resource in self.resources:
            yield (resource.name,)
            yield from ((resource.name, *path) for path in _paths(resource.inputs))

    def without(self, path: Path) -> "Program":
        """The program as if a piece had been left out."""
        name, *inner = path
        if not inner:
            return Program(tuple(r for r in self.resources if r.name != name), self.outputs)
        return Program(tuple(_cut(r, inner) if r.name == name else r for r in self.resources), self.outputs)


@functools.cache
def gangway(**settings: str) -> Program:
    """The program with some settings."""
    return decoded(record({"codeArchive": CODE, **settings}))


def in_policy(piece: Path) -> bool:
    """Whether a piece is of what a policy grants: needed by calls, not by rules about what is declared."""
    return str(piece[0]).endswith("-policy") and piece[1:2] == ("policy",)


def decoded(recording: Recording) -> Program:
    """A recording as a Program: AWS resources only, since components have no inputs."""
    return Program(tuple(_declared(r) for r in recording.resources if r.custom), recording.outputs)


def _declared(resource: Resource) -> Declared:
    inputs = _decode(resource.inputs)
    assert isinstance(inputs, dict)
    return Declared(resource.type, resource.name, resource.id, inputs, resource.outputs, resource.inputs)


def _decode(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _decode(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_decode(item) for item in value]
    if isinstance(value, pulumi.FileArchive):
        return value.path
    return _decode(json.loads(value)) if isinstance(value, str) and value.startswith("{") and '"' in value else value


def _paths(value: Any) -> Iterator[Path]:
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in keys:
        yield (key,)
        yield from ((key, *path) for path in _paths(item))


def _cut(resource: Declared, path: list[str | int]) -> Declared:
    inputs = copy.deepcopy(resource.inputs)
    *above, last = path
    place: Any = inputs
    for key in above:
        place = place[key]
    del place[last]
    return Declared(resource.type, resource.name, resource.id, inputs, resource.outputs, resource.text)
