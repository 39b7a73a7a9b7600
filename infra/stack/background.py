"""Functions that nobody waits for: woken by the table's stream, by another function, and always by the clock.

The stream is a doorbell: a record says that there is work, and the work itself lies in the table, where it is read
consistently. So a record may come late, twice or never. What never came is found by the schedule, and a record that
cannot be dealt with must not hold up those behind it for the day that DynamoDB keeps them: batches are cut in half
around it, and after some attempts, or when it is old, it goes to a queue. Calls that failed go there too.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.stack import iam
from infra.stack.function import Function, FunctionArgs, callable_by
from infra.stack.naming import ALIAS

if TYPE_CHECKING:
    from infra.stack.naming import Names

BATCH_SIZE = 100
ATTEMPTS = 10
OLDEST_RECORD_SECONDS = 12 * 60 * 60
"""Half of what the stream keeps: time to repair something before anything is lost from sight."""
CALL_ATTEMPTS = 2
"""Again after a call that nobody waits for failed; the schedule calls again anyway."""
OLDEST_CALL_SECONDS = 60 * 60
DEAD_LETTERS_KEPT_SECONDS = 14 * 24 * 60 * 60
"""The longest that SQS allows."""


@dataclass(frozen=True, slots=True)
class Doorbell:
    """What of the table's stream wakes a function.

    Attributes:
        stream_arn: stream of the table.
        kind: kind of the items (their attribute `k`) whose insertion does.
    """

    stream_arn: pulumi.Input[str]
    kind: str


@dataclass(frozen=True, slots=True)
class BackgroundArgs:
    """Arguments of Background.

    Attributes:
        function: the function; the rights it needs for being woken are added.
        every: rate of the schedule.
        doorbell: wakes it between times; None: only the schedule and other functions do.
        enabled: whether schedule and doorbell wake it.
    """

    function: FunctionArgs
    every: str
    doorbell: Doorbell | None = None
    enabled: bool = True


class Background(pulumi.ComponentResource):
    """`gangway:stack:Background`: a Function, what wakes it, and the queue for what it gave up on."""

    function: Function
    dead_letters_name: str

    def __init__(
        self, name: str, args: BackgroundArgs, names: Names, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("gangway:stack:Background", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        service = args.function.service
        dead_letters = aws.sqs.Queue(
            f"{name}-dead-letters",
            name=names.dead_letters(service),
            message_retention_seconds=DEAD_LETTERS_KEPT_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        woken = [iam.send_dead_letters(dead_letters.arn)]
        if args.doorbell:
            woken += iam.read_stream(args.doorbell.stream_arn)
        function = dataclasses.replace(args.function, statements=[*args.function.statements, *woken])
        self.function = Function(name, function, names, child)
        self.dead_letters_name = names.dead_letters(service)
        if args.doorbell:
            _listen(name, self.function, args.doorbell, dead_letters.arn, child, enabled=args.enabled)
        _limit_calls(name, self.function, dead_letters.arn, child)
        _schedule(name, self.function, args, names.sweep(service), child)
        self.register_outputs({"arn": self.function.arn})


def _listen(
    name: str,
    function: Function,
    doorbell: Doorbell,
    dead_letters: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    enabled: bool,
) -> None:
    pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"k": {"S": [doorbell.kind]}}}}
    aws.lambda_.EventSourceMapping(
        f"{name}-mapping",
        enabled=enabled,
        event_source_arn=doorbell.stream_arn,
        function_name=function.arn,
        starting_position="TRIM_HORIZON",
        batch_size=BATCH_SIZE,
        filter_criteria=aws.lambda_.EventSourceMappingFilterCriteriaArgs(
            filters=[aws.lambda_.EventSourceMappingFilterCriteriaFilterArgs(pattern=json.dumps(pattern))]
        ),
        function_response_types=["ReportBatchItemFailures"],
        bisect_batch_on_function_error=True,
        maximum_record_age_in_seconds=OLDEST_RECORD_SECONDS,
        maximum_retry_attempts=ATTEMPTS,
        destination_config=aws.lambda_.EventSourceMappingDestinationConfigArgs(
            on_failure=aws.lambda_.EventSourceMappingDestinationConfigOnFailureArgs(destination_arn=dead_letters)
        ),
        opts=opts,
    )


def _limit_calls(name: str, function: Function, dead_letters: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    """Say what becomes of calls that nobody waits for and that fail."""
    aws.lambda_.FunctionEventInvokeConfig(
        f"{name}-calls",
        function_name=function.function_name,
        qualifier=ALIAS,
        maximum_retry_attempts=CALL_ATTEMPTS,
        maximum_event_age_in_seconds=OLDEST_CALL_SECONDS,
        destination_config=aws.lambda_.FunctionEventInvokeConfigDestinationConfigArgs(
            on_failure=aws.lambda_.FunctionEventInvokeConfigDestinationConfigOnFailureArgs(destination=dead_letters)
        ),
        opts=opts,
    )


def _schedule(
    name: str, function: Function, args: BackgroundArgs, rule_name: str, opts: pulumi.ResourceOptions
) -> None:
    rule = aws.cloudwatch.EventRule(
        f"{name}-sweep",
        name=rule_name,
        description=f"Gangway: wake {name} for what nothing announced",
        schedule_expression=args.every,
        state="ENABLED" if args.enabled else "DISABLED",
        opts=opts,
    )
    aws.cloudwatch.EventTarget(f"{name}-sweep-target", rule=rule.name, arn=function.arn, opts=opts)
    callable_by(f"{name}-sweep", function, "events.amazonaws.com", rule.arn, opts)
