"""A Lambda function with all that it needs to run: a role of its own, its rights, its log group.

A role of its own, because rights are granted by what one function's code calls. A log group of its own, because the
one that Lambda would create keeps personal data for ever.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.stack import iam
from infra.stack.dependencies import PYTHON_VERSION

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

type Environment = Mapping[str, pulumi.Input[str]]
"""Variables of a function, some known only when other resources exist."""

TIMEOUT_SECONDS = 25
"""Below the 29 seconds of API Gateway, so that a function that is late can still answer for itself."""
METRICS_NAMESPACE = "Gangway"


@dataclass(frozen=True, slots=True)
class FunctionArgs:
    """Arguments of Function.

    Attributes:
        function_name: name in AWS, of the function and of its role.
        service: short name, the same in every stack: the service in logs and metrics.
        description: what it is for.
        handler: module and function that Lambda calls.
        code: bundle.
        environment: variables of its own; what every function is told is added.
        statements: its rights; writing its logs is added.
        memory_mb: memory.
        log_retention_days: days for which its logs are kept.
        log_level: least severity that it logs.
    """

    function_name: str
    service: str
    description: str
    handler: str
    code: pulumi.Archive
    environment: Environment
    memory_mb: int
    log_retention_days: int
    log_level: str
    statements: Sequence[iam.Statement] = field(default=())


class Function(pulumi.ComponentResource):
    """`gangway:stack:Function`: a Lambda function, its IAM role with one policy, and its log group."""

    arn: pulumi.Output[str]
    invoke_arn: pulumi.Output[str]
    """ARN under which API Gateway invokes it."""
    function_name: pulumi.Output[str]

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:Function", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/lambda/{args.function_name}",
            retention_in_days=args.log_retention_days,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            name=args.function_name,
            description=f"Gangway: {args.description}",
            assume_role_policy=pulumi.Output.json_dumps(iam.trust("lambda.amazonaws.com")),
            opts=child,
        )
        rights = [*args.statements, iam.write_logs(pulumi.Output.concat(logs.arn, ":*"))]
        policy = aws.iam.RolePolicy(
            f"{name}-policy",
            name="function",
            role=role.name,
            policy=pulumi.Output.json_dumps(iam.document(rights)),
            opts=child,
        )
        function = self._function(name, args, role, pulumi.ResourceOptions(parent=self, depends_on=[logs, policy]))
        self.arn = function.arn
        self.invoke_arn = function.invoke_arn
        self.function_name = function.name
        self.register_outputs({"arn": self.arn, "functionName": self.function_name})

    @staticmethod
    def _function(
        name: str, args: FunctionArgs, role: aws.iam.Role, opts: pulumi.ResourceOptions
    ) -> aws.lambda_.Function:
        common = {
            "POWERTOOLS_SERVICE_NAME": args.service,
            "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
            "POWERTOOLS_LOG_LEVEL": args.log_level,
        }
        return aws.lambda_.Function(
            f"{name}-function",
            name=args.function_name,
            description=f"Gangway: {args.description}",
            runtime=f"python{PYTHON_VERSION}",
            architectures=["arm64"],
            handler=args.handler,
            code=args.code,
            role=role.arn,
            memory_size=args.memory_mb,
            timeout=TIMEOUT_SECONDS,
            environment=aws.lambda_.FunctionEnvironmentArgs(variables={**common, **args.environment}),
            logging_config=aws.lambda_.FunctionLoggingConfigArgs(log_format="JSON", system_log_level="WARN"),
            opts=opts,
        )
