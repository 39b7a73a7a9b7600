"""The steps from a program to a running stack, each a function of what the steps before it made.

`infra.local.stack` calls them in order. They are apart from it because this module imports Pulumi and the engine, which
takes as long as the emulator takes to start: the emulator starts first, and both happen at the same time.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra.local.errors import StartError
from infra.local.functions import Function, read_functions
from infra.local.gateway import Gateway
from infra.local.materialise import Materialiser
from infra.local.poller import Consumer, Mapped, Poller
from infra.local.principals import policies, principals
from infra.local.reaper import Reaper
from infra.local.recorder import PROGRAM, Recording, Resource, record
from infra.local.rest_api import RestApi, read_rest_api
from infra.local.schedules import Scheduler, read_schedules
from infra.stack.bundle import Extension, bundle
from infra.stack.configuration import SettingsError
from infra.stack.dependencies import BundleError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from typing import IO

    from infra.local.emulator import Credentials, Emulator
    from infra.local.gateway import Invocable


def build_code(extensions: Sequence[str]) -> Path:
    """The tree the functions run from, with the deployer's schemas in it.

    Raises:
        StartError: an extension cannot be used, or the bundle cannot be built.
    """
    try:
        return bundle("host", [Extension.parse(text) for text in extensions]).tree
    except BundleError as error:
        raise StartError(str(error)) from None


def run_program(
    emulator: Emulator, settings: Mapping[str, Any], program: Path | None
) -> tuple[Recording, Materialiser]:
    """Run the Pulumi program, creating in the emulator what holds data.

    Raises:
        StartError: a setting cannot be used.
    """
    materialiser = Materialiser(emulator)
    try:
        return record(settings, on_resource=materialiser.answer, program=program or PROGRAM), materialiser
    except SettingsError as error:
        raise StartError(str(error)) from None
    except Exception:
        emulator.check()  # if it is gone, that is the better explanation
        raise


def make_functions(
    recording: Recording, code: Path, aws: Mapping[str, str], log: int | IO[bytes] | None
) -> dict[str, Function]:
    """The program's functions by name; none has an environment yet."""
    recorded = [state(function) for function in recording.of_type("aws:lambda/function:Function")]
    return {name: Function(spec) for name, spec in read_functions(recorded, code, aws, log).items()}


def make_gateway(
    recording: Recording, functions: Mapping[str, Invocable], base_url: str, credentials: Credentials
) -> Gateway:
    """The gateway in front of the program's REST APIs; one whose callers do not sign answers for unknown paths."""
    stages = {stage.inputs["restApi"]: stage.inputs for stage in recording.of_type("aws:apigateway/stage:Stage")}
    apis = [
        read_rest_api(api.id, stages[api.id]["stageName"], json.loads(api.inputs["body"]))
        for api in recording.of_type("aws:apigateway/restApi:RestApi")
    ]
    domain = base_url.removeprefix("http://").partition(":")[0]
    known = principals(policies(recording), credentials).values()
    by_key = {principal.credentials.access_key_id: principal for principal in known}
    return Gateway(sorted(apis, key=_is_signed), functions, domain, by_key)


def make_background(
    recording: Recording, functions: Mapping[str, Invocable], clients: Callable[[str], Any]
) -> list[Poller | Reaper | Scheduler]:
    """What works without a client: event source mappings, TTL and schedules."""
    table = state(recording.one("aws:dynamodb/table:Table"))
    queues = {queue.outputs["arn"]: queue.outputs["url"] for queue in recording.of_type("aws:sqs/queue:Queue")}

    def send(queue_arn: str, message: str) -> None:
        clients("sqs").send_message(QueueUrl=queues[queue_arn], MessageBody=message)

    mappings = recording.of_type("aws:lambda/eventSourceMapping:EventSourceMapping")
    mapped = [Mapped.read(mapping.inputs) for mapping in mappings]
    consumers = [Consumer(each, functions[each.function], send) for each in mapped]
    reaper = Reaper(clients("dynamodb"), table["name"], table["ttl"]["attributeName"])
    poller = Poller(clients("dynamodbstreams"), table["streamArn"], consumers, [reaper.watch])
    rules = [state(rule) for rule in recording.of_type("aws:cloudwatch/eventRule:EventRule")]
    targets = [target.inputs for target in recording.of_type("aws:cloudwatch/eventTarget:EventTarget")]
    return [poller, reaper, Scheduler(read_schedules(rules, targets), functions)]


def state(resource: Resource) -> dict[str, Any]:
    """Inputs and outputs together, as AWS would describe the resource."""
    return {**resource.inputs, **resource.outputs}


def _is_signed(api: RestApi) -> bool:
    return any(method.signed for resource in api.resources for method in resource.methods.values())
