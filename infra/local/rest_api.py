"""Reads a REST API out of the OpenAPI body that the program declares, and finds the method that a request means.

Only what the program may use is understood; what would change who gets in (another kind of authorization, a security
requirement) is an error when the body is read, so that no door stands open here that is shut on AWS, or the reverse.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from infra.local.made_up import arn

Json = Mapping[str, Any]

_PREFIX = "x-amazon-apigateway-"
_METHODS = frozenset({"get", "put", "post", "delete", "options", "head", "patch"})
_FUNCTION_NAME = re.compile(r":function:([^:/]+)")


@dataclass(frozen=True, slots=True)
class Method:
    """One method of one resource: which function answers, and what the gateway checks first."""

    resource: str
    function: str
    timeout_seconds: float
    signed: bool
    required_headers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Match:
    """The method a request means, and the decoded values of the path's variables."""

    method: Method
    path_parameters: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Resource:
    """A path template and its methods; the method ANY is spelt `*`."""

    template: str
    pattern: re.Pattern[str]
    rank: tuple[int, ...]
    methods: Mapping[str, Method]


@dataclass(frozen=True, slots=True)
class RestApi:
    """A deployed REST API."""

    id: str
    stage: str
    resources: tuple[Resource, ...]
    gateway_responses: Mapping[str, Json]
    binary_media_types: tuple[str, ...]
    policy: Json | None

    def match(self, verb: str, path: str) -> Match | None:
        """The most specific resource that has this path and method; literal segments win over variables over `{x+}`."""
        for resource in self.resources:
            found = resource.pattern.fullmatch(path)
            method = resource.methods.get(verb) or resource.methods.get("*")
            if found and method:
                return Match(method, {name: unquote(value) for name, value in found.groupdict().items()})
        return None

    def serves(self, path: str) -> bool:
        """Whether the path begins like one of this API's; decides whose error a path without a resource gets."""
        first = path.split("/")[1] if "/" in path else ""
        return any(resource.template.split("/")[1] == first for resource in self.resources)


def read_rest_api(api_id: str, stage: str, body: Json) -> RestApi:
    """Read an OpenAPI body with API Gateway's extensions.

    Raises:
        ValueError: the body asks for something that the local gateway cannot play.
    """
    resources = [_resource(template, item, body) for template, item in body["paths"].items()]
    policy = body.get(f"{_PREFIX}policy")
    if policy and not all(method.signed for resource in resources for method in resource.methods.values()):
        raise ValueError("the local gateway knows no resource policy for callers that do not sign")
    return RestApi(
        api_id,
        stage,
        tuple(sorted(resources, key=lambda resource: resource.rank)),
        body.get(f"{_PREFIX}gateway-responses", {}),
        tuple(body.get(f"{_PREFIX}binary-media-types", ())),
        _with_full_arns(policy, arn("execute-api", f"{api_id}/")) if policy else None,
    )


def _with_full_arns(policy: Json, prefix: str) -> Json:
    """A resource policy may shorten the ARNs of its own API to `execute-api:/`."""
    text = json.dumps(policy).replace('"execute-api:/', f'"{prefix}')
    full: Json = json.loads(text)
    return full


def _resource(template: str, item: Json, body: Json) -> Resource:
    segments = template.split("/")[1:]
    pattern = "".join("/" + _segment(segment) for segment in segments)
    greedy = segments[-1].endswith("+}")
    return Resource(
        template,
        re.compile(pattern if greedy else pattern + "/?"),
        tuple(2 if s.endswith("+}") else 1 if s.startswith("{") else 0 for s in segments),
        {
            "*" if verb == f"{_PREFIX}any-method" else verb.upper(): _method(template, item, operation, body)
            for verb, operation in item.items()
            if verb in _METHODS or verb == f"{_PREFIX}any-method"
        },
    )


def _segment(segment: str) -> str:
    if not segment.startswith("{"):
        return re.escape(segment)
    name = segment.strip("{}+")
    return f"(?P<{name}>.+)" if segment.endswith("+}") else f"(?P<{name}>[^/]+)"


def _method(template: str, item: Json, operation: Json, body: Json) -> Method:
    integration = operation[f"{_PREFIX}integration"]
    function = _FUNCTION_NAME.search(integration["uri"])
    authorization = operation.get(f"{_PREFIX}auth", {}).get("type", "NONE")
    if integration["type"].lower() != "aws_proxy" or function is None:
        raise ValueError(f"{template}: the local gateway plays Lambda proxy integrations only")
    if authorization not in ("NONE", "AWS_IAM") or "security" in {**body, **operation}:
        raise ValueError(f"{template}: the local gateway knows the authorizations NONE and AWS_IAM only")
    parameters = [*item.get("parameters", ()), *operation.get("parameters", ())]
    return Method(
        template,
        function.group(1),
        integration.get("timeoutInMillis", 29_000) / 1000,
        authorization == "AWS_IAM",
        tuple(p["name"] for p in parameters if p["in"] == "header" and p.get("required"))
        if _validates_parameters(operation, body)
        else (),
    )


def _validates_parameters(operation: Json, body: Json) -> bool:
    name = operation.get(f"{_PREFIX}request-validator", body.get(f"{_PREFIX}request-validator"))
    validators = body.get(f"{_PREFIX}request-validators", {})
    return bool(name and validators[name].get("validateRequestParameters"))
