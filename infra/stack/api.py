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

if TYPE_CHECKING:
    from collections.abc import Callable

    from infra.stack.function import Function

STAGE_NAME = "live"


@dataclass(frozen=True, slots=True)
class RestApiArgs:
    """Arguments of RestApi.

    Attributes:
        api_name: name in AWS.
        description: what it is for.
        function: answers everything that comes through a door.
        body: makes the OpenAPI document, given the ARN under which API Gateway invokes the function.
    """

    api_name: str
    description: str
    function: Function
    body: Callable[[str], dict[str, Any]]


class RestApi(pulumi.ComponentResource):
    """`gangway:stack:RestApi`: a regional REST API, its deployment and stage, and leave to invoke the function."""

    url: pulumi.Output[str]
    """Where the stage is reached, without a trailing slash."""

    def __init__(self, name: str, args: RestApiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:RestApi", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        body = args.function.invoke_arn.apply(lambda arn: json.dumps(args.body(arn), sort_keys=True))
        api = aws.apigateway.RestApi(
            f"{name}-api",
            name=args.api_name,
            description=f"Gangway: {args.description}",
            body=body,
            endpoint_configuration=aws.apigateway.RestApiEndpointConfigurationArgs(types="REGIONAL"),
            opts=child,
        )
        deployment = aws.apigateway.Deployment(
            f"{name}-deployment",
            rest_api=api.id,
            triggers={"body": body.apply(lambda text: hashlib.sha256(text.encode()).hexdigest())},
            opts=child,
        )
        stage = aws.apigateway.Stage(
            f"{name}-stage", rest_api=api.id, deployment=deployment.id, stage_name=STAGE_NAME, opts=child
        )
        aws.lambda_.Permission(
            f"{name}-permission",
            action="lambda:InvokeFunction",
            function=args.function.function_name,
            principal="apigateway.amazonaws.com",
            source_arn=pulumi.Output.concat(api.execution_arn, f"/{STAGE_NAME}/*/*"),
            opts=child,
        )
        self.url = stage.invoke_url
        self.register_outputs({"url": self.url})
