"""The recorded program as plain data: what rules read, and what mutations cut pieces out of.

JSON text in inputs (policies, API bodies, filter patterns) is decoded, so that a door or an action can be reached by a
path like any other input.
"""

import copy
import dataclasses
import functools
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

import pulumi

from infra.local.recorder import Recording, Resource, record
from infra.stack.settings import Settings

type Path = tuple[str | int, ...]
"""A resource's name, then the keys and positions that lead to a piece of its inputs."""

OPTIONS: Mapping[str, Mapping[str, str]] = {
    "trial": {},
    "production": {"preset": "production"},
    "everything": {
        "preset": "production",
        "domainName": "scim.example.com",
        "certificateArn": "arn:aws:acm:eu-central-1:123456789012:certificate/1",
        "hostedZoneId": "Z0123456789",
        "adminVpcEndpoints": '["vpce-0123456789abcdef0"]',
        "manageGatewayLogRole": "true",
        "isolation": "session",
        "applicationOrganizations": '["acme", "globex"]',
        "snapStart": "true",
        "scimConcurrency": "100",
        "webhookNetworks": '["10.0.0.0/8"]',
        "dedicatedTokenSecrets": '["Ab3dEf9h"]',
        "alarmEmail": "oncall@example.com",
        "monthlyBudget": "500",
    },
    "private": {
        "scimVpcEndpoints": '["vpce-0123456789abcdef0"]',
        "logLevel": "DEBUG",
        "pythonVersion": "3.14",
        "deletionProtection": "true",
        "secondRegion": "us-west-2",
        "secondStack": "west",
    },
    "standby": {"primaryStack": "prod", "alarms": "true"},
    "taken over": {"primaryStack": "prod", "duty": "active", "scimConcurrency": "100", "isolation": "session"},
    "stood down": {"alarms": "true", "secondRegion": "us-west-2", "secondStack": "west", "duty": "standby"},
}
"""Stacks that the rules are held against: both presets, every option on, what excludes another, two regions."""

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
    """What the program declares with some settings."""

    resources: tuple[Declared, ...]
    outputs: Mapping[str, Any]
    settings: Settings = field(default_factory=Settings)

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
        left = (_cut(r, inner) if r.name == name else r for r in self.resources if inner or r.name != name)
        return dataclasses.replace(self, resources=tuple(left))

    def changed(self, path: Path, value: Any) -> "Program":
        """The program as if a piece had been something else."""
        name, *inner = path
        return dataclasses.replace(
            self, resources=tuple(_put(r, inner, value) if r.name == name else r for r in self.resources)
        )


@functools.cache
def gangway(**settings: str) -> Program:
    """The program with some settings."""
    given = {"codeArchive": CODE, **settings}
    return decoded(record(given), given)


def in_policy(piece: Path) -> bool:
    """Whether a piece is of what a policy grants: needed by calls, not by rules about what is declared."""
    return str(piece[0]).endswith("-policy") and piece[1:2] == ("policy",)


def decoded(recording: Recording, settings: Mapping[str, str] | None = None) -> Program:
    """A recording as a Program: AWS resources only, since components have no inputs."""
    resources = tuple(_declared(r) for r in recording.resources if r.custom)
    return Program(resources, recording.outputs, Settings.from_config(settings or {}))


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
    return (
        _decode(json.loads(value))
        if isinstance(value, str) and value.startswith(("{", "[{")) and '"' in value
        else value
    )


def _paths(value: Any) -> Iterator[Path]:
    keys = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in keys:
        yield (key,)
        yield from ((key, *path) for path in _paths(item))


def _cut(resource: Declared, path: list[str | int]) -> Declared:
    if not path:
        return resource
    inputs = copy.deepcopy(resource.inputs)
    place, last = _place(inputs, path)
    del place[last]
    return dataclasses.replace(resource, inputs=inputs)


def _put(resource: Declared, path: list[str | int], value: Any) -> Declared:
    inputs = copy.deepcopy(resource.inputs)
    place, last = _place(inputs, path)
    place[last] = value
    return dataclasses.replace(resource, inputs=inputs)


def _place(inputs: dict[str, Any], path: list[str | int]) -> tuple[Any, str | int]:
    *above, last = path
    place: Any = inputs
    for key in above:
        place = place[key]
    return place, last
