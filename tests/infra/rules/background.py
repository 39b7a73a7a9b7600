"""What nobody waits for: what wakes it, and what becomes of its failures."""

from collections.abc import Iterator

from tests.infra.program import Declared, Program
from tests.infra.rules.compare import differences
from tests.infra.rules.data import in_second_region, table
from tests.infra.rules.everything import BACKGROUND, PREFIX

KINDS = {"change-relay": "outbox", "housekeeper": "work"}
RATES = {
    "change-relay": "rate(5 minutes)",
    "housekeeper": "rate(5 minutes)",
    "token-compactor": "rate(1 day)",
    "webhook-dispatcher": "rate(1 minute)",
}


def function(program: Program, name: str) -> Declared | None:
    return next((f for f in program.all("lambda:Function") if f.name == f"{name}-function"), None)


def called_by_alias(function: Declared) -> str:
    """What calls a function calls the version that is live."""
    return f"{function.arn}:live"


def every_listener_is_woken_by_its_kind_of_item(program: Program) -> Iterator[str]:
    mappings = {mapping.name: mapping for mapping in program.all("EventSourceMapping")}
    for name, kind in KINDS.items():
        mapping = mappings.get(f"{name}-mapping")
        woken = function(program, name)
        if mapping is None or woken is None:
            yield f"nothing wakes {name}"
            continue
        pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"k": {"S": [kind]}}}}
        expected = {
            "enabled": not program.settings.stands_by,
            "eventSourceArn": table(program).get("streamArn"),
            "functionName": called_by_alias(woken),
            "startingPosition": "TRIM_HORIZON",
            "batchSize": 100,
            "filterCriteria": {"filters": [{"pattern": pattern}]},
        }
        yield from differences(mapping.name, mapping.inputs, expected)


def dead_letters(program: Program, name: str) -> Declared | None:
    wanted = f"{PREFIX}-{name}-dead-letters"
    return next((queue for queue in program.all("Queue") if queue.inputs.get("name") == wanted), None)


def a_record_that_fails_holds_up_nothing_and_is_not_lost(program: Program) -> Iterator[str]:
    for mapping in program.all("EventSourceMapping"):
        queue = dead_letters(program, mapping.name.removesuffix("-mapping"))
        expected = {
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "bisectBatchOnFunctionError": True,
            "maximumRetryAttempts": 10,
            "maximumRecordAgeInSeconds": 43200,
            "destinationConfig": {"onFailure": {"destinationArn": queue.arn if queue else None}},
        }
        yield from differences(mapping.name, mapping.inputs, expected)


def a_call_that_fails_is_not_lost(program: Program) -> Iterator[str]:
    found = {config.name: config for config in program.all("FunctionEventInvokeConfig")}
    for name in BACKGROUND:
        config, queue = found.get(f"{name}-calls"), dead_letters(program, name)
        expected = {
            "functionName": f"{PREFIX}-{name}",
            "qualifier": "live",
            "maximumRetryAttempts": 2,
            "maximumEventAgeInSeconds": 3600,
            "destinationConfig": {"onFailure": {"destination": queue.arn if queue else None}},
        }
        yield from differences(f"calls of {name}", config.inputs if config else {}, expected)


def dead_letters_are_kept_and_encrypted(program: Program) -> Iterator[str]:
    for name in BACKGROUND:
        queue = dead_letters(program, name)
        kept = {"messageRetentionSeconds": 1209600, "sqsManagedSseEnabled": True}
        yield from differences(f"dead letters of {name}", queue.inputs if queue else {}, kept)


def what_nothing_announced_is_found_by_a_schedule(program: Program) -> Iterator[str]:
    rules = {rule.name: rule for rule in program.all("EventRule")}
    targets = {target.inputs.get("rule"): target for target in program.all("EventTarget")}
    for name, rate in RATES.items():
        rule, woken = rules.get(f"{name}-sweep"), function(program, name)
        if rule is None or woken is None:
            yield f"nothing sweeps for {name}"
            continue
        wakes = not program.settings.stands_by and not (name == "token-compactor" and in_second_region(program))
        expected = {"scheduleExpression": rate, "state": "ENABLED" if wakes else "DISABLED"}
        yield from differences(rule.name, rule.inputs, expected)
        target = targets.get(rule.inputs.get("name"))
        expected = {"arn": called_by_alias(woken)}
        yield from differences(f"target of {rule.name}", target.inputs if target else {}, expected)
        allowed = {
            "action": "lambda:InvokeFunction",
            "function": woken.inputs.get("name"),
            "qualifier": "live",
            "principal": "events.amazonaws.com",
            "sourceArn": rule.arn,
        }
        if allowed not in [permission.inputs for permission in program.all("lambda:Permission")]:
            yield f"{rule.name} may not invoke {name}"


def every_token_secret_is_rotated(program: Program) -> Iterator[str]:
    if program.settings.stands_by or in_second_region(program):
        return
    rotations = {rotation.inputs.get("secretId"): rotation for rotation in program.all("SecretRotation")}
    compactor = function(program, "token-compactor")
    for secret in program.all("Secret"):
        rotation = rotations.get(secret.id)
        expected = {
            "rotationLambdaArn": called_by_alias(compactor) if compactor else None,
            "rotateImmediately": False,
            "rotationRules": {"automaticallyAfterDays": 30},
        }
        yield from differences(f"rotation of {secret.name}", rotation.inputs if rotation else {}, expected)
    allowed = {
        "action": "lambda:InvokeFunction",
        "function": f"{PREFIX}-token-compactor",
        "qualifier": "live",
        "principal": "secretsmanager.amazonaws.com",
        "sourceAccount": "123456789012",
    }
    if allowed not in [permission.inputs for permission in program.all("lambda:Permission")]:
        yield "Secrets Manager may not invoke the function that rotates"


RULES = (
    every_listener_is_woken_by_its_kind_of_item,
    a_record_that_fails_holds_up_nothing_and_is_not_lost,
    a_call_that_fails_is_not_lost,
    dead_letters_are_kept_and_encrypted,
    what_nothing_announced_is_found_by_a_schedule,
    every_token_secret_is_rotated,
)
