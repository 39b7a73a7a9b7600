"""Bulk requests (RFC 7644 section 3.7): many operations in one message, each of them atomic by itself.

A round trip to DynamoDB takes longer than anything else here, so operations that do not depend on each other run in
threads. With `failOnErrors` they run one after the other: "stop after the n-th error" has no meaning otherwise. Each
operation gets a directory of its own, with a request id of its own, or a write of one operation would be taken for the
repetition of another's.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gangway.directory.bulk_plan import REFERENCE, Operation, Step, in_order, resolved, stages
from gangway.scim.errors import Conflict, InvalidSyntax, InvalidValue, ScimError, Unavailable
from gangway.scim.projection import Selection

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.directory.representation import Answer
    from gangway.directory.resources import Directory, Resources
    from gangway.scim.messages.bulk import BulkOperation, BulkRequest
    from gangway.scim.schema import Registry, ResourceType

WORKERS = 16
METHODS = ("POST", "PUT", "PATCH", "DELETE")
MIN_REMAINING_MS = 3000
"""Operations that have not begun by then are answered 503; the others need the time to finish."""

_LONGEST_METHOD = 16


@dataclass(frozen=True, slots=True)
class BulkPorts:
    """What a bulk request needs from its surroundings."""

    registry: Registry
    base_url: str
    open_directory: Callable[[int], Directory]
    """The caller's directory for the operation of that index."""
    authorize: Callable[[str], None]
    """Raises `Forbidden` unless the caller may write resources of that type."""
    explain_failure: Callable[[Exception], ScimError]
    """The SCIM error for any other exception."""
    remaining_ms: Callable[[], int]


@dataclass(slots=True)
class Bulk:
    """One bulk request while it runs."""

    ports: BulkPorts
    ids: dict[str, str] = field(default_factory=dict)
    """Ids of the resources created so far, by bulkId."""
    results: dict[int, dict[str, Any]] = field(default_factory=dict)
    """By the operation's place in the request."""

    def run(self, request: BulkRequest) -> list[dict[str, Any]]:
        """Execute the operations; returns a result for each that was processed, in the order of the request."""
        operations = self._understood(request.operations)
        steps = in_order(operations)
        if request.fail_on_errors is None:
            self._run_parallel(steps)
        else:
            self._run_in_turn(steps, request.fail_on_errors)
        return [self.results[index] for index in sorted(self.results)]

    def _understood(self, operations: tuple[BulkOperation, ...]) -> list[Operation]:
        """Those that make sense by themselves; the others have their result already."""
        understood: list[Operation] = []
        bulk_ids: set[str] = set()
        for index, operation in enumerate(operations):
            try:
                understood.append(_understand(index, operation, bulk_ids, self.ports.registry))
            except ScimError as error:
                self.results[index] = self._refusal(operation, error)
        return understood

    def _run_parallel(self, steps: list[Step]) -> None:
        with ThreadPoolExecutor(WORKERS) as executor:
            for stage in stages(steps):
                if len(stage) == 1:
                    self._run(stage[0])
                else:
                    list(executor.map(self._run, stage))

    def _run_in_turn(self, steps: list[Step], fail_on_errors: int) -> None:
        for step in steps:
            if sum(int(result["status"]) >= 400 for result in self.results.values()) >= fail_on_errors:
                return
            self._run(step)

    def _run(self, step: Step) -> None:
        operation = step.operation
        try:
            if self.ports.remaining_ms() < MIN_REMAINING_MS:
                raise Unavailable("There is not enough time left; send this operation again.", retry_after=1)
            answer = self._complete(operation) if step.completes else self._execute(step)
        except ScimError as error:
            self.results[operation.index] = self._refusal(operation, error)
        except Exception as error:
            self.results[operation.index] = self._refusal(operation, self.ports.explain_failure(error))
        else:
            if answer is not None:
                self._succeed(operation, answer)

    def _execute(self, step: Step) -> Answer:
        operation = step.operation
        self.ports.authorize(operation.resource_type)
        resource_type = self.ports.registry.resource_types[operation.resource_type]
        everything = Selection.parse(resource_type, None, None)
        resources = self._resources(operation)
        try:
            target = resolved(operation.target, self.ids)
            data = resolved(operation.data, self.ids, step.unresolved)
        except KeyError:
            raise _unresolvable() from None
        match operation.method:
            case "POST":
                return resources.create(data, everything)
            case "PUT":
                return resources.replace(target, data, everything, operation.version)
            case "PATCH":
                return resources.patch(target, data, everything, operation.version, attributes_asked=False)
            case _:
                return resources.delete(target, operation.version)

    def _complete(self, operation: Operation) -> Answer | None:
        """Give a resource the references that closed a circle; None if it was not created in the first place.

        If that fails the operation has failed, and what it created goes again.
        """
        created = self.ids.get(operation.bulk_id or "")
        if created is None:
            return None
        resource_type = self.ports.registry.resource_types[operation.resource_type]
        try:
            data = resolved(operation.data, self.ids)
            return self._resources(operation).replace(created, data, Selection.parse(resource_type, None, None), None)
        except KeyError:
            self._resources(operation).delete(created, None)
            raise _unresolvable() from None
        except ScimError:
            self._resources(operation).delete(created, None)
            raise

    def _resources(self, operation: Operation) -> Resources:
        return self.ports.open_directory(operation.index).of(operation.resource_type)

    def _succeed(self, operation: Operation, answer: Answer) -> None:
        location = answer.location or self._location(operation)
        result: dict[str, Any] = {"method": operation.method, "location": location, "status": str(answer.status)}
        if operation.bulk_id is not None:
            result["bulkId"] = operation.bulk_id
            if operation.method == "POST" and location is not None:
                self.ids[operation.bulk_id] = location.rsplit("/", 1)[1]
        if answer.etag is not None:
            result["version"] = answer.etag
        if operation.index in self.results:  # completed: the status is that of its creation
            result["status"] = self.results[operation.index]["status"]
        self.results[operation.index] = result

    def _refusal(self, operation: Operation | BulkOperation, error: ScimError) -> dict[str, Any]:
        result: dict[str, Any] = {"method": operation.method[:_LONGEST_METHOD], "status": str(error.status)}
        if operation.bulk_id is not None:
            result["bulkId"] = operation.bulk_id
        location = self._location(operation) if isinstance(operation, Operation) else None
        if location is not None:
            result["location"] = location
        return {**result, "response": error.to_message()}

    def _location(self, operation: Operation) -> str | None:
        """The URL of the operation's target, as far as its id is known."""
        if operation.target is None:
            return None
        name = operation.target.removeprefix(REFERENCE)
        target = self.ids.get(name) if operation.target.startswith(REFERENCE) else operation.target
        endpoint = self.ports.registry.resource_types[operation.resource_type].endpoint
        return f"{self.ports.base_url}{endpoint}/{target}" if target else None


def _understand(index: int, operation: BulkOperation, bulk_ids: set[str], registry: Registry) -> Operation:
    if operation.method not in METHODS:
        raise InvalidSyntax("The method of a bulk operation is one of POST, PUT, PATCH, DELETE.")
    resource_type, target = _target(operation.path, registry)
    if operation.method == "POST":
        if target is not None:
            raise InvalidValue("The path of a POST in a bulk request is an endpoint, such as /Users.")
        if not operation.bulk_id:
            raise InvalidValue("A POST in a bulk request needs a bulkId.")
        if operation.bulk_id in bulk_ids:
            raise InvalidValue("An earlier operation of this bulk request has the same bulkId.")
        bulk_ids.add(operation.bulk_id)
    elif target is None:
        raise InvalidValue("The path of this bulk operation must name a resource, such as /Users/{id}.")
    if operation.method != "DELETE" and not isinstance(operation.data, dict):
        raise InvalidValue("The data of this bulk operation must be a JSON object.")
    data = None if operation.method == "DELETE" else operation.data
    return Operation(
        index, operation.method, resource_type.name, target, operation.bulk_id, operation.version or None, data
    )


def _target(path: str, registry: Registry) -> tuple[ResourceType, str | None]:
    """Endpoint and id of a path. Nothing but resources can be meant: not /Bulk, /Me, a search or another server."""
    endpoint, _, target = path.removeprefix("/").partition("/")
    for resource_type in registry.resource_types.values():
        if f"/{endpoint}" == resource_type.endpoint and path.startswith("/"):
            if any(character in target for character in "/?#%") or target.startswith("."):
                break
            return resource_type, target or None
    raise InvalidValue("The path of a bulk operation is that of a resource type or resource, such as /Users/{id}.")


def _unresolvable() -> Conflict:
    return Conflict("The operation refers to a bulkId whose resource was not created.")
