"""The doors, and what the gateway answers by itself."""

import hashlib
from collections.abc import Iterator
from typing import Any

from infra.stack.access_log import ACCESS_LOG_FORMAT
from tests.infra.program import Declared, Program
from tests.infra.rules.compare import differences
from tests.infra.rules.everything import PREFIX

AUTHORIZATION = {"in": "header", "name": "Authorization", "required": True, "type": "string"}
DOORS = {
    "scim": {
        "/scim/v2/{org}": ("NONE", ["org"]),
        "/scim/v2/{org}/{proxy+}": ("NONE", ["org", "proxy"]),
        "/provisioning/{provider}/v2": ("NONE", ["provider"]),
        "/provisioning/{provider}/v2/{proxy+}": ("NONE", ["provider", "proxy"]),
    },
    "admin": {"/admin/v1/{proxy+}": ("AWS_IAM", ["proxy"])},
}

SCIM_STATUSES = {
    "BAD_REQUEST_PARAMETERS": 401,
    "MISSING_AUTHENTICATION_TOKEN": 404,
    "INVALID_SIGNATURE": 404,
    "RESOURCE_NOT_FOUND": 404,
    "REQUEST_TOO_LARGE": 413,
    "UNSUPPORTED_MEDIA_TYPE": 415,
    "THROTTLED": 429,
    "QUOTA_EXCEEDED": 429,
    "WAF_FILTERED": 403,
    "ACCESS_DENIED": 403,
    "API_CONFIGURATION_ERROR": 503,
    "INTEGRATION_FAILURE": 503,
    "INTEGRATION_TIMEOUT": 503,
    "DEFAULT_5XX": 503,
}
SCIM_TYPES = {"BAD_REQUEST_BODY": "invalidSyntax"}
ERROR = "urn:ietf:params:scim:api:messages:2.0:Error"
MESSAGE = ("schemas", "status", "detail")


def apis(program: Program) -> Iterator[tuple[str, Declared, dict[str, Any]]]:
    """Name, resource and body of each API."""
    for api in program.all("RestApi"):
        yield api.name.removesuffix("-api"), api, api.inputs.get("body", {})


TLS = {"securityPolicy": "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09", "endpointAccessMode": "BASIC"}


def vpc_endpoints(program: Program, api: str) -> list[str]:
    settings = program.settings
    return list(settings.scim_vpc_endpoints if api == "scim" else settings.admin_vpc_endpoints)


def the_apis_are_where_they_should_be(program: Program) -> Iterator[str]:
    for name, api, body in apis(program):
        endpoints = vpc_endpoints(program, name)
        private = {"types": "PRIVATE", "vpcEndpointIds": endpoints}
        expected = {
            "endpointConfiguration": private if endpoints else {"types": "REGIONAL"},
            "disableExecuteApiEndpoint": name == "scim" and bool(program.settings.domain_name),
            **TLS,
        }
        yield from differences(name, api.inputs, expected)
        described = {"swagger": "2.0", "info": {"title": api.inputs.get("name"), "version": "1"}}
        yield from differences(name, body, described)


def the_doors_are_those_that_were_promised(program: Program) -> Iterator[str]:
    for name, _, body in apis(program):
        for door in sorted(set(DOORS[name]) ^ set(body.get("paths", {}))):
            yield f"{name}: {door} is a door only in one of promise and program"


def every_door_leads_to_the_function_with_any_method(program: Program) -> Iterator[str]:
    aliases = {alias.name.removesuffix("-alias"): alias for alias in program.all("lambda:Alias")}
    for name, _, body in apis(program):
        alias = aliases.get(f"{name}-api")
        for door, methods in body.get("paths", {}).items():
            operation = methods.get("x-amazon-apigateway-any-method", {})
            integration = {
                "type": "aws_proxy",
                "httpMethod": "POST",
                "uri": alias.outputs["invokeArn"] if alias else None,
                "passthroughBehavior": "when_no_match",
                "timeoutInMillis": 29000,
            }
            expected = {"x-amazon-apigateway-integration": integration, "responses": {}}
            yield from differences(f"{name}: {door}", operation, expected)


def every_door_checks_what_the_gateway_can_check(program: Program) -> Iterator[str]:
    for name, _, body in apis(program):
        for door, methods in body.get("paths", {}).items():
            authorization, variables = DOORS[name].get(door, ("", []))
            in_path = [{"in": "path", "name": v, "required": True, "type": "string"} for v in variables]
            expected = {
                "x-amazon-apigateway-auth": {"type": authorization},
                "parameters": [*([AUTHORIZATION] if authorization == "NONE" else []), *in_path],
            }
            operation = methods.get("x-amazon-apigateway-any-method", {})
            yield from differences(f"{name}: {door}", operation, expected)
        validators = {"headers": {"validateRequestParameters": True, "validateRequestBody": False}}
        checks = {
            "x-amazon-apigateway-request-validators": validators,
            "x-amazon-apigateway-request-validator": "headers",
        }
        yield from differences(name, body, checks)


def the_apis_are_closed_to_other_accounts_and_networks(program: Program) -> Iterator[str]:
    everything = {"Principal": "*", "Action": "execute-api:Invoke", "Resource": "execute-api:/*"}

    def unless(key: str, value: object) -> dict[str, Any]:
        return {"Effect": "Deny", **everything, "Condition": {"StringNotEquals": {key: value}}}

    for name, _, body in apis(program):
        endpoints = vpc_endpoints(program, name)
        statements = [unless("aws:PrincipalAccount", "123456789012")] if name == "admin" else []
        if endpoints and name == "scim":
            statements.append({"Effect": "Allow", **everything})
        if endpoints:
            statements.append(unless("aws:SourceVpce", endpoints))
        policy = {"Version": "2012-10-17", "Statement": statements}
        found = body.get("x-amazon-apigateway-policy")
        if found != (policy if statements else None):
            yield f"{name} has the policy {found}"


def responses(program: Program) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for name, _, body in apis(program):
        for kind, response in body.get("x-amazon-apigateway-gateway-responses", {}).items():
            yield name, kind, response


def every_gateway_response_is_a_scim_error(program: Program) -> Iterator[str]:
    for name, kind, response in responses(program):
        where = f"{name}: {kind}"
        status = response.get("statusCode")
        message = response.get("responseTemplates", {}).get("application/json", {})
        expected: dict[str, Any] = {"schemas": [ERROR], "status": status}
        if kind in SCIM_TYPES:
            expected["scimType"] = SCIM_TYPES[kind]
        if name == "admin" and kind == "BAD_REQUEST_PARAMETERS":
            expected["scimType"] = "invalidValue"
        yield from differences(where, message, expected)
        if not message.get("detail"):
            yield f"{where} does not say what is wrong"
        headers = response.get("responseParameters", {})
        content_type = {"gatewayresponse.header.Content-Type": "'application/scim+json'"}
        yield from differences(where, headers, content_type)


def every_gateway_response_has_its_right_status(program: Program) -> Iterator[str]:
    for name, kind, response in responses(program):
        if not str(response.get("statusCode", "")).isdigit():
            yield f"{name}: {kind} has no status"
        elif name == "scim" and kind in SCIM_STATUSES and response["statusCode"] != str(SCIM_STATUSES[kind]):
            yield f"{name}: {kind} has the status {response['statusCode']}"


def clients_are_told_how_to_go_on(program: Program) -> Iterator[str]:
    for name, kind, response in responses(program):
        headers = response.get("responseParameters", {})
        status = response.get("statusCode")
        if status in ("429", "503") and not headers.get("gatewayresponse.header.Retry-After", "").strip("'").isdigit():
            yield f"{name}: {kind} does not say when to try again"
        challenge = {"gatewayresponse.header.WWW-Authenticate": "'Bearer realm=\"gangway\"'"}
        if status == "401":
            yield from differences(f"{name}: {kind}", headers, challenge)


def the_apis_are_throttled_and_keep_nothing(program: Program) -> Iterator[str]:
    limits = {setting.name.removesuffix("-limits"): setting for setting in program.all("MethodSettings")}
    for name, api, _ in apis(program):
        limit = limits.get(name)
        settings = {
            "throttlingRateLimit": program.settings.throttle_rate,
            "throttlingBurstLimit": program.settings.throttle_burst,
            "metricsEnabled": True,
            "loggingLevel": "OFF",
            "dataTraceEnabled": False,
            "cachingEnabled": False,
        }
        expected = {"restApi": api.id, "stageName": "live", "methodPath": "*/*", "settings": settings}
        yield from differences(f"{name}: limits", limit.inputs if limit else {}, expected)


SECRET_OR_PERSONAL = ("queryString", "requestOverride", "authorization", "$context.path", "$context.request.", "header")
LOGGED = {"requestId", "time", "sourceIp", "caller", "method", "door", "status", "gatewayResponse", "milliseconds"}


def access_logs_say_what_happened_and_nothing_secret(program: Program) -> Iterator[str]:
    groups = {group.inputs.get("name"): group for group in program.all("LogGroup")}
    for stage in program.all("Stage"):
        found = stage.inputs.get("accessLogSettings")
        if not program.settings.access_logs:
            if found:
                yield f"{stage.name} logs requests unasked"
            continue
        group = groups.get(f"/aws/apigateway/{PREFIX}-{stage.name.removesuffix('-stage')}")
        expected = {"destinationArn": group.arn if group else None, "format": ACCESS_LOG_FORMAT}
        yield from differences(stage.name, found or {}, expected)
        said = found.get("format", {}) if found else {}
        for name in sorted(LOGGED - set(said)):
            yield f"{stage.name} does not log {name}"
        for name, variable in said.items():
            if any(secret.lower() in variable.lower() for secret in SECRET_OR_PERSONAL):
                yield f"{stage.name} logs {variable} as {name}"


def every_change_of_a_body_is_deployed(program: Program) -> Iterator[str]:
    deployments = {d.name.removesuffix("-deployment"): d for d in program.all("Deployment")}
    stages = {s.name.removesuffix("-stage"): s for s in program.all("Stage")}
    for name, api, _ in apis(program):
        deployment, stage = deployments.get(name), stages.get(name)
        if deployment is None or stage is None:
            yield f"{name} is not deployed"
            continue
        identity = api.id
        digest = hashlib.sha256(str(api.text.get("body")).encode()).hexdigest()
        yield from differences(deployment.name, deployment.inputs, {"restApi": identity, "triggers": {"body": digest}})
        expected = {"restApi": identity, "stageName": "live", "deployment": deployment.id}
        yield from differences(stage.name, stage.inputs, expected)


def the_gateway_may_invoke_the_function_and_nobody_else(program: Program) -> Iterator[str]:
    functions = {f.name.removesuffix("-function"): f for f in program.all("lambda:Function")}
    found = [permission.inputs for permission in program.all("lambda:Permission")]
    for name, api, _ in apis(program):
        function = functions.get(f"{name}-api")
        allowed = {
            "action": "lambda:InvokeFunction",
            "function": function.inputs.get("name") if function else None,
            "qualifier": "live",
            "principal": "apigateway.amazonaws.com",
            "sourceArn": f"{api.outputs['executionArn']}/live/*/*",
        }
        if allowed not in found:
            yield f"{name}: the gateway may not invoke the function"


RULES = (
    the_apis_are_where_they_should_be,
    the_doors_are_those_that_were_promised,
    every_door_leads_to_the_function_with_any_method,
    every_door_checks_what_the_gateway_can_check,
    the_apis_are_closed_to_other_accounts_and_networks,
    every_gateway_response_is_a_scim_error,
    every_gateway_response_has_its_right_status,
    clients_are_told_how_to_go_on,
    the_apis_are_throttled_and_keep_nothing,
    access_logs_say_what_happened_and_nothing_secret,
    every_change_of_a_body_is_deployed,
    the_gateway_may_invoke_the_function_and_nobody_else,
)
