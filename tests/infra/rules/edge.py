"""What a deployer may put in front of the doors: a domain, a firewall, the account's role for logs."""

from collections.abc import Iterator
from typing import Any

from tests.infra.program import Declared, Program
from tests.infra.rules.apis import TLS
from tests.infra.rules.compare import differences
from tests.infra.rules.everything import PREFIX


def inputs(program: Program, kind: str) -> dict[str, Any]:
    return program.one(kind).inputs


def stage(program: Program, api: str) -> Declared | None:
    return next((s for s in program.all("Stage") if s.name == f"{api}-stage"), None)


def the_domain_leads_to_the_scim_api(program: Program) -> Iterator[str]:
    settings = program.settings
    if not settings.domain_name:
        return
    domain = {
        "domainName": settings.domain_name,
        "regionalCertificateArn": settings.certificate_arn,
        "endpointConfiguration": {"types": "REGIONAL"},
        **TLS,
    }
    yield from differences("the domain", inputs(program, "DomainName"), domain)
    api = next((api for api in program.all("RestApi") if api.name == "scim-api"), None)
    mapping = {"domainName": settings.domain_name, "restApi": api.id if api else None, "stageName": "live"}
    yield from differences("the domain's mapping", inputs(program, "BasePathMapping"), mapping)


def the_domain_has_a_record(program: Program) -> Iterator[str]:
    if not program.settings.hosted_zone_id:
        return
    outputs = program.one("DomainName").outputs
    alias = {"name": outputs.get("regionalDomainName"), "zoneId": outputs.get("regionalZoneId")}
    record = {
        "zoneId": program.settings.hosted_zone_id,
        "name": program.settings.domain_name,
        "type": "A",
        "aliases": [{**alias, "evaluateTargetHealth": False}],
    }
    yield from differences("the domain's record", inputs(program, "Record"), record)


def the_account_has_a_role_for_the_gateways_logs(program: Program) -> Iterator[str]:
    if not program.settings.manage_gateway_log_role:
        return
    role = next((role for role in program.all("Role") if role.name == "gateway-logs-role"), None)
    arn, name = (role.arn, role.inputs.get("name")) if role else (None, None)
    yield from differences("the account", inputs(program, "Account"), {"cloudwatchRoleArn": arn})
    policy = "arn:aws:iam::aws:policy/service-role/AmazonAPIGatewayPushToCloudWatchLogs"
    attached = {"role": name, "policyArn": policy}
    yield from differences("the role for logs", inputs(program, "RolePolicyAttachment"), attached)


HEADER = [{"Priority": 0, "Type": "NONE"}]


def the_firewall_stands_in_front_of_the_scim_api(program: Program) -> Iterator[str]:
    if not program.settings.firewall:
        return
    acl, guarded = program.one("WebAcl"), stage(program, "scim")
    association = {"resourceArn": guarded.arn if guarded else None, "webAclArn": acl.arn}
    yield from differences("the firewall", inputs(program, "WebAclAssociation"), association)
    bodies = acl.inputs.get("customResponseBodies") or [{}]
    body = bodies[0].get("content", {})
    scim_error = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"], "status": "429"}
    yield from differences("the firewall's refusal", body, scim_error)
    if not body.get("detail"):
        yield "the firewall's refusal does not say what is wrong"
    expected = {
        "name": PREFIX,
        "scope": "REGIONAL",
        "defaultAction": {"allow": {}},
        "customResponseBodies": [{"key": "too-many-requests", "content": body, "contentType": "APPLICATION_JSON"}],
        "visibilityConfig": {
            "cloudwatchMetricsEnabled": True,
            "metricName": PREFIX,
            "sampledRequestsEnabled": False,
        },
    }
    yield from differences("the firewall", acl.inputs, expected)


def the_firewall_has_its_rules(program: Program) -> Iterator[str]:
    if not program.settings.firewall:
        return
    rules = {rule.get("Name"): rule for rule in inputs(program, "WebAcl").get("ruleJson", [])}
    expected = _expected_rules(program.settings.firewall_rate)
    for name in sorted(set(rules) ^ set(expected), key=str):
        yield f"{name} is a rule of the firewall only in one of rule and program"
    for name in set(rules) & set(expected):
        statement, action = expected[name]
        found = rules[name]
        yield from differences(f"the firewall's rule {name}", found, {"Statement": statement, **action})


def _expected_rules(rate: int) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """Statement and action by name."""
    refusal = {
        "ResponseCode": 429,
        "CustomResponseBodyKey": "too-many-requests",
        "ResponseHeaders": [{"Name": "Retry-After", "Value": "60"}],
    }
    block = {"Action": {"Block": {"CustomResponse": refusal}}}
    token = {"FieldToMatch": {"SingleHeader": {"Name": "authorization"}}, "TextTransformations": HEADER}
    has_token = {"SizeConstraintStatement": {**token, "ComparisonOperator": "GT", "Size": 0}}
    keys = [{"Header": {"Name": "authorization", "TextTransformations": HEADER}}]
    by_token = {"Limit": rate, "AggregateKeyType": "CUSTOM_KEYS", "CustomKeys": keys}
    without_token = {"NotStatement": {"Statement": has_token}}
    by_address = {"Limit": rate, "AggregateKeyType": "IP", "ScopeDownStatement": without_token}
    counted = {
        "AWSManagedRulesCommonRuleSet": ("SizeRestrictions_BODY", "NoUserAgent_HEADER"),
        "AWSManagedRulesKnownBadInputsRuleSet": (),
    }
    managed: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        group: (
            {
                "ManagedRuleGroupStatement": {
                    "VendorName": "AWS",
                    "Name": group,
                    "RuleActionOverrides": [{"Name": rule, "ActionToUse": {"Count": {}}} for rule in rules],
                }
            },
            {"OverrideAction": {"None": {}}},
        )
        for group, rules in counted.items()
    }
    return {
        "rate-by-token": ({"RateBasedStatement": by_token}, block),
        "rate-by-address": ({"RateBasedStatement": by_address}, block),
        **managed,
    }


def the_firewall_logs_what_it_stopped_without_tokens(program: Program) -> Iterator[str]:
    if not program.settings.firewall:
        return
    group = next((g for g in program.all("LogGroup") if g.inputs.get("name") == f"aws-waf-logs-{PREFIX}"), None)
    expected = {
        "resourceArn": program.one("WebAcl").arn,
        "logDestinationConfigs": [group.arn if group else None],
        "redactedFields": [{"singleHeader": {"name": "authorization"}}, {"queryString": {}}],
        "loggingFilter": {
            "defaultBehavior": "DROP",
            "filters": [
                {
                    "behavior": "KEEP",
                    "requirement": "MEETS_ANY",
                    "conditions": [{"actionCondition": {"action": "BLOCK"}}],
                }
            ],
        },
    }
    yield from differences("the firewall's log", inputs(program, "WebAclLoggingConfiguration"), expected)


RULES = (
    the_domain_leads_to_the_scim_api,
    the_domain_has_a_record,
    the_account_has_a_role_for_the_gateways_logs,
    the_firewall_stands_in_front_of_the_scim_api,
    the_firewall_has_its_rules,
    the_firewall_logs_what_it_stopped_without_tokens,
)
