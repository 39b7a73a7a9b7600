"""The doors: current TLS, limits, nothing kept or logged that is secret, SCIM errors, and a firewall that acts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from infra.policy.declared import UNKNOWN, at, is_a, missing, other

if TYPE_CHECKING:
    from collections.abc import Iterator

    from infra.policy.declared import Resource, ResourceRule

GATEWAY_RESPONSES = frozenset(
    (
        "ACCESS_DENIED",
        "API_CONFIGURATION_ERROR",
        "AUTHORIZER_CONFIGURATION_ERROR",
        "AUTHORIZER_FAILURE",
        "BAD_REQUEST_BODY",
        "BAD_REQUEST_PARAMETERS",
        "DEFAULT_4XX",
        "DEFAULT_5XX",
        "EXPIRED_TOKEN",
        "INTEGRATION_FAILURE",
        "INTEGRATION_TIMEOUT",
        "INVALID_API_KEY",
        "INVALID_SIGNATURE",
        "MISSING_AUTHENTICATION_TOKEN",
        "QUOTA_EXCEEDED",
        "REQUEST_TOO_LARGE",
        "RESOURCE_NOT_FOUND",
        "THROTTLED",
        "UNAUTHORIZED",
        "UNSUPPORTED_MEDIA_TYPE",
        "WAF_FILTERED",
    )
)
"""https://docs.aws.amazon.com/apigateway/latest/developerguide/supported-gateway-response-types.html"""
SECRET_OR_PERSONAL = ("querystring", "requestoverride", "authorization", "$context.path", "$context.request.", "header")
"""In variables of access logs, in lower case."""


def doors_speak_current_tls(resource: Resource) -> Iterator[str]:
    """APIs and domains refuse TLS below 1.2."""
    if is_a(resource, "apigateway:RestApi", "apigateway:DomainName"):
        policy = resource.inputs.get("securityPolicy")
        if policy is not UNKNOWN and not str(policy).startswith(("SecurityPolicy_TLS13_1_2", "TLS_1_2")):
            yield f"takes connections by the security policy {policy}"


def answers_are_limited_and_not_kept(resource: Resource) -> Iterator[str]:
    """Stages throttle, and neither cache answers nor log whole requests."""
    if not is_a(resource, "apigateway:MethodSettings"):
        return
    settings = resource.inputs.get("settings")
    for name, wanted in (("cachingEnabled", False), ("dataTraceEnabled", False), ("loggingLevel", "OFF")):
        if other(at(settings, name), wanted):
            yield f"has {name} {at(settings, name)!r}, not {wanted!r}"
    for name in ("throttlingRateLimit", "throttlingBurstLimit"):
        if missing(at(settings, name)):
            yield f"has no {name}"


def access_logs_hold_nothing_secret(resource: Resource) -> Iterator[str]:
    """Access logs hold no header, path or query."""
    said = at(resource.inputs, "accessLogSettings", "format")
    if is_a(resource, "apigateway:Stage") and isinstance(said, dict):
        for name, variable in said.items():
            if any(secret in str(variable).lower() for secret in SECRET_OR_PERSONAL):
                yield f"logs {variable} as {name}"


def there_is_a_gateway_response_of_every_type(resource: Resource) -> Iterator[str]:
    """The gateway's own answers are all ours, and of types that API Gateway knows."""
    body = resource.inputs.get("body")
    if is_a(resource, "apigateway:RestApi") and body is not UNKNOWN:
        kinds = set(at(body, "x-amazon-apigateway-gateway-responses") or {})
        for kind in sorted(kinds ^ GATEWAY_RESPONSES):
            yield f"{kind} is a gateway response only in one of AWS and program"


def changes_of_apis_are_deployed(resource: Resource) -> Iterator[str]:
    """A deployment is made anew when the API's body changes."""
    if is_a(resource, "apigateway:Deployment") and missing(at(resource.inputs, "triggers", "body")):
        yield "is not made anew when the API's body changes: triggers.body is not set"


def every_rule_of_the_firewall_acts(resource: Resource) -> Iterator[str]:
    """Rules of the firewall have an action, are counted, keep no samples, and are in order."""
    rules = resource.inputs.get("ruleJson")
    if not is_a(resource, "wafv2:WebAcl") or rules is UNKNOWN:
        return
    for rule in rules or [{}]:
        name = rule.get("Name")
        group = "ManagedRuleGroupStatement" in rule.get("Statement", {})
        action, none = ("OverrideAction", "Action") if group else ("Action", "OverrideAction")
        if len(rule.get(action, {})) != 1 or none in rule:
            yield f"the rule {name} has no {action}"
        seen = {"CloudWatchMetricsEnabled": True, "MetricName": name, "SampledRequestsEnabled": False}
        if rule.get("VisibilityConfig") != seen:
            yield f"the rule {name} is not counted by its name, or keeps samples of requests"
    if [rule.get("Priority") for rule in rules or []] != list(range(len(rules or []))):
        yield "the rules are not in order"


RESOURCE_RULES: tuple[ResourceRule, ...] = (
    doors_speak_current_tls,
    answers_are_limited_and_not_kept,
    access_logs_hold_nothing_secret,
    there_is_a_gateway_response_of_every_type,
    changes_of_apis_are_deployed,
    every_rule_of_the_firewall_acts,
)
