"""What watches the stack: alarms and where they go, a dashboard, saved log queries, a budget.

The topic is encrypted with the stack's key, because an alarm's text names functions and organizations' troubles, and
only CloudWatch and Budgets of this account may publish to it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.stack import dashboard, iam
from infra.stack.alarms import Watched, alarms
from infra.stack.encryption import PUBLISHERS
from infra.stack.log_queries import QUERIES

if TYPE_CHECKING:
    from infra.stack.alarm import Alarm
    from infra.stack.naming import Place


@dataclass(frozen=True, slots=True)
class ObservabilityArgs:
    """Arguments of Observability.

    Attributes:
        watched: what there is to watch.
        place: where the stack lives.
        key_arn: key that encrypts the topic.
        email: whom alarms are mailed to; empty: whoever subscribes to the topic.
        monthly_budget: US dollars; 0: none.
    """

    watched: Watched
    place: Place
    key_arn: pulumi.Input[str]
    email: str
    monthly_budget: int


class Observability(pulumi.ComponentResource):
    """`gangway:stack:Observability`: a topic with its alarms, a dashboard, saved queries, a budget."""

    topic_arn: pulumi.Output[str]

    def __init__(self, name: str, args: ObservabilityArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:Observability", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        prefix = args.watched.names.prefix
        topic = aws.sns.Topic(f"{name}-topic", name=f"{prefix}-alarms", kms_master_key_id=args.key_arn, opts=child)
        policy = topic.arn.apply(lambda arn: json.dumps(topic_policy(arn, args.place.account)))
        aws.sns.TopicPolicy(f"{name}-topic-policy", arn=topic.arn, policy=policy, opts=child)
        if args.email:
            aws.sns.TopicSubscription(
                f"{name}-email", topic=topic.arn, protocol="email", endpoint=args.email, opts=child
            )
        for alarm in alarms(args.watched):
            _alarm(alarm, f"{prefix}-{alarm.name}", topic.arn, child)
        aws.cloudwatch.Dashboard(
            f"{name}-dashboard",
            dashboard_name=prefix,
            dashboard_body=json.dumps(dashboard.body(args.watched, args.place.region)),
            opts=child,
        )
        for title, query in QUERIES.items():
            aws.cloudwatch.QueryDefinition(
                f"{name}-query-{title.replace(' ', '-')}",
                name=f"{prefix}/{title}",
                query_string=query.text,
                log_group_names=[args.watched.names.function_logs(function) for function in query.functions],
                opts=child,
            )
        if args.monthly_budget:
            _budget(f"{name}-budget", args, topic.arn, child)
        self.topic_arn = topic.arn
        self.register_outputs({"topicArn": self.topic_arn})


def topic_policy(topic: str, account: str) -> dict[str, object]:
    """Let the services that watch the stack publish to its topic."""
    statement = {
        "Sid": "AlarmsOfThisAccount",
        "Effect": "Allow",
        "Principal": {"Service": [f"{service}.amazonaws.com" for service in PUBLISHERS]},
        "Action": "sns:Publish",
        "Resource": topic,
        "Condition": {"StringEquals": {"aws:SourceAccount": account}},
    }
    return iam.document([statement])


def _alarm(alarm: Alarm, name: str, topic: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    percentile = alarm.statistic.startswith("p")
    aws.cloudwatch.MetricAlarm(
        f"alarm-{alarm.name}",
        name=name,
        alarm_description=alarm.description,
        namespace=alarm.namespace,
        metric_name=alarm.metric,
        dimensions=alarm.dimensions,
        statistic=None if percentile else alarm.statistic,
        extended_statistic=alarm.statistic if percentile else None,
        period=alarm.seconds,
        evaluation_periods=alarm.times,
        threshold=alarm.above,
        comparison_operator="GreaterThanThreshold",
        treat_missing_data="notBreaching",  # nothing happened, so nothing went wrong
        alarm_actions=[topic],
        ok_actions=[topic],
        opts=opts,
    )


def _budget(name: str, args: ObservabilityArgs, topic: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    tag = f"user:stack${pulumi.get_stack()}"  # has to be activated for cost allocation once
    told = [
        aws.budgets.BudgetNotificationArgs(
            comparison_operator="GREATER_THAN",
            threshold=100,
            threshold_type="PERCENTAGE",
            notification_type=kind,
            subscriber_sns_topic_arns=[topic],
        )
        for kind in ("FORECASTED", "ACTUAL")
    ]
    aws.budgets.Budget(
        name,
        name=args.watched.names.prefix,
        budget_type="COST",
        limit_amount=str(args.monthly_budget),
        limit_unit="USD",
        time_unit="MONTHLY",
        cost_filters=[aws.budgets.BudgetCostFilterArgs(name="TagKeyValue", values=[tag])],
        notifications=told,
        opts=opts,
    )
