"""A web application firewall in front of the SCIM API. Imported only when it is on: its classes take a second to load.

AWS's managed rules are made for web sites. Two of them stop what identity providers do all day, so they only count
here: large bodies (a group's members), and no User-Agent. What the rate rule counts by is the token, because the
customers of one identity provider share its addresses; requests without a token are counted by address. The rules are
JSON in the form of AWS's own API: Pulumi's classes do not nest as deep as the second of them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws
from pulumi_aws import wafv2

from infra.stack.gateway_responses import SCIM_API

if TYPE_CHECKING:
    from collections.abc import Sequence

MANAGED_RULES = {
    "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY", "NoUserAgent_HEADER"),
    "AWSManagedRulesKnownBadInputsRuleSet": (),
}
"""Groups of rules that AWS keeps up to date, each with those that only count."""
TOO_MANY = "too-many-requests"
_AS_IS = [{"Priority": 0, "Type": "NONE"}]


@dataclass(frozen=True, slots=True)
class FirewallArgs:
    """Arguments of Firewall.

    Attributes:
        firewall_name: name in AWS.
        rate: requests in five minutes that one token, or one address without, may make.
        stage_arn: stage of the API that is guarded.
        log_group_name: name of the group for what was stopped, beginning as firewalls demand.
        log_retention_days: for which that is kept.
        log_key_arn: key that encrypts it.
    """

    firewall_name: str
    rate: int
    stage_arn: pulumi.Input[str]
    log_group_name: str
    log_retention_days: int
    log_key_arn: pulumi.Input[str]


class Firewall(pulumi.ComponentResource):
    """`gangway:stack:Firewall`: a web ACL, the stage it guards, and the log of what it stopped."""

    def __init__(self, name: str, args: FirewallArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:Firewall", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        too_many = wafv2.WebAclCustomResponseBodyArgs(
            key=TOO_MANY, content=SCIM_API["THROTTLED"].body(), content_type="APPLICATION_JSON"
        )
        acl = wafv2.WebAcl(
            f"{name}-acl",
            name=args.firewall_name,
            description="Gangway: what may reach the SCIM API",
            scope="REGIONAL",
            default_action=wafv2.WebAclDefaultActionArgs(allow=wafv2.WebAclDefaultActionAllowArgs()),
            custom_response_bodies=[too_many],
            rule_json=json.dumps(rules(args.rate)),
            visibility_config=wafv2.WebAclVisibilityConfigArgs(
                cloudwatch_metrics_enabled=True, metric_name=args.firewall_name, sampled_requests_enabled=False
            ),
            opts=child,
        )
        wafv2.WebAclAssociation(f"{name}-association", resource_arn=args.stage_arn, web_acl_arn=acl.arn, opts=child)
        _log_what_was_stopped(name, args, acl.arn, child)
        self.register_outputs({"arn": acl.arn})


def rules(rate: int) -> list[dict[str, Any]]:
    """The rules in the order they are tried, as `CreateWebACL` takes them."""
    with_token = {
        "SizeConstraintStatement": {
            "FieldToMatch": {"SingleHeader": {"Name": "authorization"}},
            "ComparisonOperator": "GT",
            "Size": 0,
            "TextTransformations": _AS_IS,
        }
    }
    by_token = {
        "Limit": rate,
        "AggregateKeyType": "CUSTOM_KEYS",
        "CustomKeys": [{"Header": {"Name": "authorization", "TextTransformations": _AS_IS}}],
    }
    by_address = {
        "Limit": rate,
        "AggregateKeyType": "IP",
        "ScopeDownStatement": {"NotStatement": {"Statement": with_token}},
    }
    return [
        _rate_rule("rate-by-token", 0, by_token),
        _rate_rule("rate-by-address", 1, by_address),
        *(_managed_rules(group, n, counted) for n, (group, counted) in enumerate(MANAGED_RULES.items(), start=2)),
    ]


def _rate_rule(name: str, priority: int, statement: dict[str, Any]) -> dict[str, Any]:
    headers = [{"Name": "Retry-After", "Value": "60"}]
    refusal = {"ResponseCode": 429, "CustomResponseBodyKey": TOO_MANY, "ResponseHeaders": headers}
    return {
        "Name": name,
        "Priority": priority,
        "Statement": {"RateBasedStatement": statement},
        "Action": {"Block": {"CustomResponse": refusal}},
        "VisibilityConfig": _counted_as(name),
    }


def _managed_rules(group: str, priority: int, counted: Sequence[str]) -> dict[str, Any]:
    overrides = [{"Name": rule, "ActionToUse": {"Count": {}}} for rule in counted]
    statement = {"VendorName": "AWS", "Name": group, "RuleActionOverrides": overrides}
    return {
        "Name": group,
        "Priority": priority,
        "Statement": {"ManagedRuleGroupStatement": statement},
        "OverrideAction": {"None": {}},
        "VisibilityConfig": _counted_as(group),
    }


def _counted_as(metric: str) -> dict[str, Any]:
    # Samples would show requests, tokens included, to whoever may read the firewall.
    return {"CloudWatchMetricsEnabled": True, "MetricName": metric, "SampledRequestsEnabled": False}


def _log_what_was_stopped(name: str, args: FirewallArgs, acl: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    group = aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=args.log_group_name,
        retention_in_days=args.log_retention_days,
        kms_key_id=args.log_key_arn,
        opts=opts,
    )
    stopped = wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionActionConditionArgs(action="BLOCK")
    wafv2.WebAclLoggingConfiguration(
        f"{name}-logging",
        resource_arn=acl,
        log_destination_configs=[group.arn],
        redacted_fields=[
            wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                single_header=wafv2.WebAclLoggingConfigurationRedactedFieldSingleHeaderArgs(name="authorization")
            ),
            wafv2.WebAclLoggingConfigurationRedactedFieldArgs(
                query_string=wafv2.WebAclLoggingConfigurationRedactedFieldQueryStringArgs()  # type: ignore[no-untyped-call]  # takes nothing, and Pulumi gives it no type
            ),
        ],
        logging_filter=wafv2.WebAclLoggingConfigurationLoggingFilterArgs(
            default_behavior="DROP",
            filters=[
                wafv2.WebAclLoggingConfigurationLoggingFilterFilterArgs(
                    behavior="KEEP",
                    requirement="MEETS_ANY",
                    conditions=[
                        wafv2.WebAclLoggingConfigurationLoggingFilterFilterConditionArgs(action_condition=stopped)
                    ],
                )
            ],
        ),
        opts=opts,
    )
