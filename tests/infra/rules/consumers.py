"""What the stream and the clock wake."""

from collections.abc import Iterator

from tests.infra.program import Declared, Program
from tests.infra.rules.compare import differences
from tests.infra.rules.everything import PREFIX

KINDS = {"change-relay": "outbox", "housekeeper": "work"}


def function(program: Program, name: str) -> Declared | None:
    return next((f for f in program.all("lambda:Function") if f.name == f"{name}-function"), None)


def every_consumer_is_woken_by_its_kind_of_item(program: Program) -> Iterator[str]:
    mappings = {mapping.name: mapping for mapping in program.all("EventSourceMapping")}
    for name, kind in KINDS.items():
        mapping = mappings.get(f"{name}-mapping")
        woken = function(program, name)
        if mapping is None or woken is None:
            yield f"nothing wakes {name}"
            continue
        pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"k": {"S": [kind]}}}}
        expected = {
            "eventSourceArn": program.one("Table").outputs.get("streamArn"),
            "functionName": woken.arn,
            "startingPosition": "TRIM_HORIZON",
            "batchSize": 100,
            "filterCriteria": {"filters": [{"pattern": pattern}]},
        }
        yield from differences(mapping.name, mapping.inputs, expected)


def a_record_that_fails_holds_up_nothing_and_is_not_lost(program: Program) -> Iterator[str]:
    queues = {queue.inputs.get("name"): queue for queue in program.all("Queue")}
    for mapping in program.all("EventSourceMapping"):
        queue = queues.get(f"{PREFIX}-{mapping.name.removesuffix('-mapping')}-dead-letters")
        if queue is None:
            yield f"{mapping.name} has no dead-letter queue"
            continue
        expected = {
            "functionResponseTypes": ["ReportBatchItemFailures"],
            "bisectBatchOnFunctionError": True,
            "maximumRetryAttempts": 10,
            "maximumRecordAgeInSeconds": 43200,
            "destinationConfig": {"onFailure": {"destinationArn": queue.arn}},
        }
        yield from differences(mapping.name, mapping.inputs, expected)
        kept = {"messageRetentionSeconds": 1209600, "sqsManagedSseEnabled": True}
        yield from differences(queue.name, queue.inputs, kept)


def what_no_record_announced_is_found_by_a_schedule(program: Program) -> Iterator[str]:
    rules = {rule.name: rule for rule in program.all("EventRule")}
    targets = {target.inputs.get("rule"): target for target in program.all("EventTarget")}
    for name in KINDS:
        rule, woken = rules.get(f"{name}-sweep"), function(program, name)
        if rule is None or woken is None:
            yield f"nothing sweeps for {name}"
            continue
        yield from differences(rule.name, rule.inputs, {"scheduleExpression": "rate(5 minutes)"})
        target = targets.get(rule.inputs.get("name"))
        yield from differences(f"target of {rule.name}", target.inputs if target else {}, {"arn": woken.arn})
        allowed = {
            "action": "lambda:InvokeFunction",
            "function": woken.inputs.get("name"),
            "principal": "events.amazonaws.com",
            "sourceArn": rule.arn,
        }
        if allowed not in [permission.inputs for permission in program.all("lambda:Permission")]:
            yield f"{rule.name} may not invoke {name}"


RULES = (
    every_consumer_is_woken_by_its_kind_of_item,
    a_record_that_fails_holds_up_nothing_and_is_not_lost,
    what_no_record_announced_is_found_by_a_schedule,
)
