"""A function that the table's stream wakes.

The stream is a doorbell: a record says that there is work, and the work itself lies in the table, where it is read
consistently. So a record may come late, twice or never. What never came is found by the schedule, and a record that
cannot be dealt with must not hold up those behind it for the day that DynamoDB keeps them: batches are cut in half
around it, and after some attempts, or when it is old, it goes to a queue.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.stack import iam
from infra.stack.function import Function, FunctionArgs

BATCH_SIZE = 100
ATTEMPTS = 10
OLDEST_RECORD_SECONDS = 12 * 60 * 60
"""Half of what the stream keeps: time to repair something before anything is lost from sight."""
DEAD_LETTERS_KEPT_SECONDS = 14 * 24 * 60 * 60
"""The longest that SQS allows."""


@dataclass(frozen=True, slots=True)
class StreamConsumerArgs:
    """Arguments of StreamConsumer.

    Attributes:
        function: the function; the rights it needs for being woken are added.
        stream_arn: stream of the table.
        kind: kind of the items (their attribute `k`) whose insertion wakes it.
        dead_letters_name: name of the queue for records that were given up on.
        sweep_name: name of the schedule.
        sweep_every: rate of the schedule.
    """

    function: FunctionArgs
    stream_arn: pulumi.Input[str]
    kind: str
    dead_letters_name: str
    sweep_name: str
    sweep_every: str = "rate(5 minutes)"


class StreamConsumer(pulumi.ComponentResource):
    """`gangway:stack:StreamConsumer`: a Function, its event source mapping, dead-letter queue and schedule."""

    function: Function
    dead_letters_arn: pulumi.Output[str]

    def __init__(self, name: str, args: StreamConsumerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:StreamConsumer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        dead_letters = aws.sqs.Queue(
            f"{name}-dead-letters",
            name=args.dead_letters_name,
            message_retention_seconds=DEAD_LETTERS_KEPT_SECONDS,
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        woken = [*iam.read_stream(args.stream_arn), iam.send_dead_letters(dead_letters.arn)]
        function_args = dataclasses.replace(args.function, statements=[*args.function.statements, *woken])
        self.function = Function(name, function_args, child)
        self.dead_letters_arn = dead_letters.arn
        self._listen(name, args, child)
        self._sweep(name, args, child)
        self.register_outputs({"deadLettersArn": self.dead_letters_arn})

    def _listen(self, name: str, args: StreamConsumerArgs, opts: pulumi.ResourceOptions) -> None:
        pattern = {"eventName": ["INSERT"], "dynamodb": {"NewImage": {"k": {"S": [args.kind]}}}}
        aws.lambda_.EventSourceMapping(
            f"{name}-mapping",
            event_source_arn=args.stream_arn,
            function_name=self.function.arn,
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
                on_failure=aws.lambda_.EventSourceMappingDestinationConfigOnFailureArgs(
                    destination_arn=self.dead_letters_arn
                )
            ),
            opts=opts,
        )

    def _sweep(self, name: str, args: StreamConsumerArgs, opts: pulumi.ResourceOptions) -> None:
        rule = aws.cloudwatch.EventRule(
            f"{name}-sweep",
            name=args.sweep_name,
            description=f"Gangway: wake {args.function.service} for what no record announced",
            schedule_expression=args.sweep_every,
            opts=opts,
        )
        aws.cloudwatch.EventTarget(f"{name}-sweep-target", rule=rule.name, arn=self.function.arn, opts=opts)
        aws.lambda_.Permission(
            f"{name}-sweep-permission",
            action="lambda:InvokeFunction",
            function=self.function.function_name,
            principal="events.amazonaws.com",
            source_arn=rule.arn,
            opts=opts,
        )
