"""Runs the Pulumi program without the Pulumi engine and writes down everything it declares.

`gangway local` and the tests must not keep a second description of the stack: keys, routes, environment variables and
IAM documents are read from what `infra/__main__.py` registers. Pulumi's own mocks run a program in-process, but they
forget what a reviewer needs (dependencies, protect, stack outputs, two resources of one name) and hand back only what
they are told: a computed output nobody answers becomes None, and the input fed by it silently disappears. Hence the
monitor and the property catalogue below.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import runpy
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pulumi.runtime import config as pulumi_config
from pulumi.runtime import mocks as pulumi_mocks
from pulumi.runtime import rpc
from pulumi.runtime import settings as pulumi_settings
from pulumi.runtime import stack as pulumi_stack

from infra.local.catalogue import properties
from infra.local.made_up import ACCOUNT, REGION, found, made_up

PROGRAM = Path(__file__).resolve().parents[1]


@dataclass(slots=True)
class Resource:
    """One registered resource: what the program asked for, and what it was told in return.

    Inputs and outputs use Pulumi's spelling (camelCase); secret inputs are unwrapped and their paths listed.
    """

    urn: str
    type: str
    name: str
    custom: bool
    inputs: dict[str, Any] = field(default_factory=dict)
    outputs: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    parent: str = ""
    dependencies: tuple[str, ...] = ()
    protect: bool = False
    retain_on_delete: bool = False
    import_id: str = ""
    ignore_changes: tuple[str, ...] = ()
    secret_inputs: tuple[str, ...] = ()

    @property
    def physical_name(self) -> str:
        """The name AWS will know it by, where the program gives one; else the logical name."""
        return str(self.inputs.get("name", self.name))


# Answers a registration with the physical id and the computed outputs it knows; the rest is filled in by the recorder.
OnResource = Callable[[Resource], tuple[str, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything a program registered, sorted by URN (the engine's own order depends on threads), and its outputs."""

    resources: tuple[Resource, ...]
    outputs: Mapping[str, Any]

    def of_type(self, type_token: str) -> tuple[Resource, ...]:
        """All resources of one type, e.g. `aws:dynamodb/table:Table`."""
        return tuple(resource for resource in self.resources if resource.type == type_token)

    def one(self, type_token: str, name: str | None = None) -> Resource:
        """The only resource of a type (or of a type and logical or physical name).

        Raises:
            LookupError: when there is none, or more than one.
        """
        found = [r for r in self.of_type(type_token) if name is None or name in (r.name, r.physical_name)]
        if len(found) != 1:
            known = ", ".join(r.name for r in self.of_type(type_token)) or "none"
            raise LookupError(f"expected one {type_token}{f' named {name}' if name else ''}; the program has: {known}")
        return found[0]


def record(
    config: Mapping[str, Any] | None = None,
    stack: str = "local",
    on_resource: OnResource | None = None,
    *,
    program: Path = PROGRAM,
    project: str | None = None,
    preview: bool = False,
) -> Recording:
    """Run a Pulumi program and return what it declares.

    Args:
        config: Settings of the stack; keys without a namespace belong to the project. Values that are no text are
            written as JSON, as Pulumi does.
        stack: Name of the stack.
        on_resource: Answers each custom resource with its id and outputs. Without it, ids and ARNs are made up in
            AWS's own form.
        program: Folder holding `__main__.py`.
        project: Project name; by default read from the `Pulumi.yaml` above or in the program's folder.
        preview: Play `pulumi preview`, where outputs of resources are unknown.

    Raises:
        whatever the program raises; a `DuplicateResourceError` for two resources of one URN.
    """
    project = project or _project_name(program)
    settings = {_namespaced(key, project): _text(value) for key, value in (config or {}).items()}
    answers = _Answers(on_resource or made_up, fill_in=not preview)
    monitor = _Monitor(answers)
    with _program_imports(program):
        loop = asyncio.new_event_loop()
        # A registration that fails is raised below; its outputs' futures, which nobody awaits, would be reported too.
        loop.set_exception_handler(lambda _loop, _context: None)
        asyncio.set_event_loop(loop)
        try:
            # A program that failed leaves its unfinished calls behind, which belong to a closed loop.
            pulumi_settings.SETTINGS.rpc_manager.clear()
            pulumi_settings.SETTINGS.outputs.clear()
            pulumi_config.set_all_config(settings)
            pulumi_mocks.set_mocks(answers, project=project, stack=stack, preview=preview, monitor=monitor)
            # set_mocks makes a root of its own, which would receive the exports instead of ours.
            pulumi_settings.set_root_resource(None)  # type: ignore[arg-type]  # declared without its None
            loop.run_until_complete(pulumi_stack.run_in_stack(lambda: _run(program)))
        finally:
            pulumi_settings.set_root_resource(None)  # type: ignore[arg-type]  # declared without its None
            asyncio.set_event_loop(None)
            loop.close()
    return Recording(tuple(sorted(monitor.seen.values(), key=lambda r: r.urn)), monitor.stack_outputs)


class DuplicateResourceError(Exception):
    """Two resources of one type have the same name and parent; the engine would refuse the deployment."""


class _Monitor(pulumi_mocks.MockMonitor):
    """Pulumi's mock monitor, keeping what it forgets."""

    def __init__(self, answers: _Answers) -> None:
        super().__init__(answers)
        self.answers = answers
        self.seen: dict[str, Resource] = {}
        self.stack_outputs: dict[str, Any] = {}
        self._lock = threading.Lock()

    def RegisterResource(self, request: Any) -> Any:  # noqa: N802  # named by Pulumi's protocol
        if request.type == "pulumi:pulumi:Stack":
            return super().RegisterResource(request)  # type: ignore[no-untyped-call]
        urn = self.make_urn(request.parent, request.type, request.name)
        resource = Resource(
            urn,
            request.type,
            request.name,
            custom=bool(request.custom),
            parent=request.parent,
            dependencies=tuple(sorted(request.dependencies)),
            protect=bool(request.protect),
            retain_on_delete=bool(request.retainOnDelete),
            import_id=request.importId,
            ignore_changes=tuple(request.ignoreChanges),
        )
        with self._lock:
            if urn in self.seen:
                raise DuplicateResourceError(f"the program registers {urn} twice")
            self.seen[urn] = resource
        # The base class calls new_resource() in this very thread, with the inputs but without the URN.
        self.answers.current.resource = resource
        return super().RegisterResource(request)  # type: ignore[no-untyped-call]

    def RegisterResourceOutputs(self, request: Any) -> Any:  # noqa: N802  # named by Pulumi's protocol
        if request.urn.split("::")[2] == "pulumi:pulumi:Stack":
            self.stack_outputs = _plain(rpc.deserialize_properties(request.outputs), "", [])
        return super().RegisterResourceOutputs(request)  # type: ignore[no-untyped-call]


class _Answers(pulumi_mocks.Mocks):
    """Answers registrations and look-ups as provider and engine would."""

    def __init__(self, on_resource: OnResource, *, fill_in: bool) -> None:
        self.on_resource = on_resource
        self.fill_in = fill_in
        self.current = threading.local()

    def new_resource(self, args: pulumi_mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        resource: Resource = self.current.resource
        secrets: list[str] = []
        resource.inputs = _plain(args.inputs, "", secrets)
        resource.secret_inputs = tuple(sorted(secrets))
        if not resource.custom:
            return "", {}
        resource.id, known = self.on_resource(resource)
        resource.outputs = {**resource.inputs, **known}
        if self.fill_in:
            resource.outputs = _fill_in(resource) | resource.outputs
        return resource.id, resource.outputs

    def call(self, args: pulumi_mocks.MockCallArgs) -> Any:
        """Answer an invoke. Only what a program cannot do without is known here.

        Returns a plain dict: the pair that the base class's signature suggests makes the monitor fail.
        """
        known: dict[str, dict[str, Any]] = {
            "aws:index/getCallerIdentity:getCallerIdentity": {
                "accountId": ACCOUNT,
                "arn": f"arn:aws:iam::{ACCOUNT}:root",
                "userId": ACCOUNT,
                "id": ACCOUNT,
            },
            "aws:index/getRegion:getRegion": {"region": REGION, "name": REGION, "id": REGION, "description": REGION},
            "aws:index/getPartition:getPartition": {"partition": "aws", "dnsSuffix": "amazonaws.com", "id": "aws"},
            **found(args.args.get("name", "")),
        }
        if args.token not in known:
            raise NotImplementedError(f"the recorder has no answer for the invoke {args.token}")
        return known[args.token]


def _fill_in(resource: Resource) -> dict[str, Any]:
    """A stand-in for every text property of the resource's class, so that no input that depends on one vanishes."""
    return {name: f"{resource.name}-{name}" for name, kind in properties(resource.type).items() if kind is str}


def _plain(value: Any, path: str, secrets: list[str]) -> Any:
    """Unwrap secret envelopes, noting where they were, and turn protobuf's floats back into whole numbers."""
    if isinstance(value, dict):
        if value.get(rpc._special_sig_key) == rpc._special_secret_sig:
            secrets.append(path)
            return _plain(value["value"], path, secrets)
        return {key: _plain(item, f"{path}.{key}" if path else key, secrets) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, f"{path}[{index}]", secrets) for index, item in enumerate(value)]
    if isinstance(value, float) and value.is_integer():
        return int(value)
    return value


def _run(program: Path) -> None:
    runpy.run_path(str(program / "__main__.py"), run_name="__main__")


@contextmanager
def _program_imports(program: Path) -> Iterator[None]:
    """Give the program the import path and working directory Pulumi gives it, and put both back afterwards."""
    directory, path = Path.cwd(), list(sys.path)
    os.chdir(program)
    sys.path.insert(0, str(program))
    try:
        yield
    finally:
        os.chdir(directory)
        sys.path[:] = path


def _project_name(program: Path) -> str:
    for folder in (program, program.parent):
        file = folder / "Pulumi.yaml"
        if file.exists() and (match := re.search(r"^name:\s*(\S+)", file.read_text(), re.MULTILINE)):
            return match.group(1)
    raise FileNotFoundError(f"no Pulumi.yaml with a name in {program} or above it")


def _namespaced(key: str, project: str) -> str:
    return key if ":" in key else f"{project}:{key}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
