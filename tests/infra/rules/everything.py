"""What holds for every resource, and for the stack as a whole."""

from collections import Counter
from collections.abc import Iterator

from infra.local.catalogue import properties
from tests.infra.program import Program
from tests.infra.rules.compare import differences

PREFIX = "gangway-local"

EXPECTED = Counter(
    {
        "aws:apigateway/deployment:Deployment": 2,
        "aws:apigateway/restApi:RestApi": 2,
        "aws:apigateway/stage:Stage": 2,
        "aws:cloudwatch/eventBus:EventBus": 1,
        "aws:cloudwatch/eventRule:EventRule": 2,
        "aws:cloudwatch/eventTarget:EventTarget": 2,
        "aws:cloudwatch/logGroup:LogGroup": 4,
        "aws:dynamodb/table:Table": 1,
        "aws:iam/role:Role": 4,
        "aws:iam/rolePolicy:RolePolicy": 4,
        "aws:kms/alias:Alias": 1,
        "aws:kms/key:Key": 1,
        "aws:lambda/eventSourceMapping:EventSourceMapping": 2,
        "aws:lambda/function:Function": 4,
        "aws:lambda/permission:Permission": 4,
        "aws:secretsmanager/secret:Secret": 16,
        "aws:sqs/queue:Queue": 2,
    }
)


def the_stack_is_complete(program: Program) -> Iterator[str]:
    found = Counter(resource.type for resource in program.resources)
    for kind in sorted(set(found) | set(EXPECTED)):
        if found[kind] != EXPECTED[kind]:
            yield f"there are {found[kind]} {kind}, not {EXPECTED[kind]}"


def everything_that_takes_tags_has_them(program: Program) -> Iterator[str]:
    for resource in program.resources:
        if "tags" in properties(resource.type):
            expected = {"project": "gangway", "stack": "local"}
            yield from differences(f"{resource.name}: tags", resource.inputs.get("tags", {}), expected)


def every_name_in_aws_begins_with_the_stacks(program: Program) -> Iterator[str]:
    for resource in program.resources:
        if "name" in properties(resource.type) and not resource.type.endswith(":RolePolicy"):
            name = resource.inputs.get("name", "")
            if not name.removeprefix("alias/").removeprefix("/aws/lambda/").startswith(PREFIX):
                yield f"{resource.name} is called {name!r}"


def people_are_told_what_things_are_for(program: Program) -> Iterator[str]:
    for resource in program.resources:
        speaks = "description" in properties(resource.type) and not resource.type.endswith((":Deployment", ":Stage"))
        if speaks and not resource.inputs.get("description", "").startswith("Gangway: "):
            yield f"{resource.name} has no description"


RULES = (
    the_stack_is_complete,
    everything_that_takes_tags_has_them,
    every_name_in_aws_begins_with_the_stacks,
    people_are_told_what_things_are_for,
)
