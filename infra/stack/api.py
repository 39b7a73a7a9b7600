"""A REST API in front of one function.

REST rather than HTTP API, because only its gateway responses can be made SCIM errors, and because it has a firewall
and resource policies. What clients reach is a deployment, a snapshot of the API: it is made anew whenever the body
changes, or the change would never be seen.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pulumi
import pulumi_aws as aws

from infra.stack.access_log import ACCESS_LOG_FORMAT
from infra.stack.function import callable_by

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from infra.stack.function import Function
    from infra.stack.naming import Names

STAGE_NAME = "live"
TLS_POLICY = "SecurityPolicy_TLS13_1_2_PFS_PQ_2025_09"
"""TLS 1.2 and 1.3 with forward secrecy only; identity providers speak both."""


@dataclass(frozen=True, slots=True)
class AccessLogs:
    """How an API logs its requests.

    Attributes:
        retention_days: for which they are kept.
        key_arn: key that encrypts them.
    """

    retention_days: int
    key_arn: pulumi.Input[str]


@dataclass(frozen=True, slots=True)
class RestApiArgs:
    """Arguments of RestApi.

    Attributes:
        description: what it is for.
        function: answers everything that comes through a door.
        body: makes the OpenAPI document, given the ARN under which API Gateway invokes the function.
        throttle_rate: requests a second that it takes.
        throttle_burst: requests that it takes at one moment.
        access_logs: None logs no requests.
        vpc_endpoints: ids of the VPC endpoints through which alone it is reached; none: over the internet.
        own_url: whether it is reached under the URL that API Gateway gives it.
    """

    description: str
    function: Function
    body: Callable[[str], dict[str, Any]]
    throttle_rate: int
    throttle_burst: int
    access_logs: AccessLogs | None = None
    vpc_endpoints: Sequence[str] = ()
    own_url: bool = True


class RestApi(pulumi.ComponentResource):
    """`gangway:stack:RestApi`: a REST API, its deployment and stage, and leave to invoke the function."""

    id: pulumi.Output[str]
    execution_arn: pulumi.Output[str]
    stage_arn: pulumi.Output[str]
    url: pulumi.Output[str]
    """Where the stage is reached, without a trailing slash."""

    def __init__(self, name: str, args: RestApiArgs, names: Names, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:RestApi", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        body = args.function.invoke_arn.apply(lambda arn: json.dumps(args.body(arn), sort_keys=True))
        api = aws.apigateway.RestApi(
            f"{name}-api",
            name=names.api(name),
            description=f"Gangway: {args.description}",
            body=body,
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(
                types="PRIVATE" if args.vpc_endpoints else "REGIONAL",
                vpc_endpoint_ids=list(args.vpc_endpoints) or None,
            ),
            disable_execute_api_endpoint=not args.own_url,
            security_policy=TLS_POLICY,
            endpoint_access_mode="BASIC",
            opts=child,
        )
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=api.id,
            triggers={"body": body.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
            opts=child,
        )
        stage = aws.apigateway.Stage(
            f"{name}-stage",
            rest_api=api.id,
            deployment=deployment.id,
            stage_name=STAGE_NAME,
            access_log_settings=_access_logs(name, args.access_logs, names, child) if args.access_logs else None,
            opts=child,
        )
        _limits(name, args, api.id, stage.stage_name, child)
        called_from = pulumi.Output.concat(api.execution_arn, f"/{STAGE_NAME}/*/*")
        callable_by(name, args.function, "apigateway.amazonaws.com", called_from, child)
        self.id = api.id
        self.execution_arn = api.execution_arn
        self.stage_arn = stage.arn
        self.url = stage.invoke_url
        self.register_outputs({"url": self.url})


def _access_logs(
    name: str, logs: AccessLogs, names: Names, opts: pulumi.ResourceOptions
) -> aws.apigateway.StageAccessLogSettingsArgs:
    group = aws.cloudwatch.LogGroup(
        f"{name}-access-logs",
        name=names.gateway_logs(name),
        retention_in_days=logs.retention_days,
        kms_key_id=logs.key_arn,
        opts=opts,
    )
    return aws.apigateway.StageAccessLogSettingsArgs(destination_arn=group.arn, format=json.dumps(ACCESS_LOG_FORMAT))


def _limits(
    name: str,
    args: RestApiArgs,
    api_id: pulumi.Input[str],
    stage_name: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> None:
    aws.apigateway.MethodSettings(
        f"{name}-limits",
        rest_api=api_id,
        stage_name=stage_name,
        method_path="*/*",
        settings=aws.apigateway.MethodSettingsSettingsArgs(
            throttling_rate_limit=args.throttle_rate,
            throttling_burst_limit=args.throttle_burst,
            metrics_enabled=True,
            logging_level="OFF",  # execution logs would hold whole requests, tokens included
            data_trace_enabled=False,
            caching_enabled=False,  # an answer belongs to one token, at one moment
        ),
        opts=opts,
    )
