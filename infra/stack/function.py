"""A Lambda function with all that it needs to run: a role of its own, its rights, its log group, and an alias.

A role of its own, because rights are granted by what one function's code calls. A log group of its own, because the
one that Lambda would create keeps what it is given for ever; of Lambda's own lines it takes those about failures only,
so that a group holds what its function had to say. An alias, because what is called is then a numbered version
that never changes: a new one takes over in one step, and an old one can be put back in one.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pulumi
import pulumi_aws as aws

from infra.stack import iam
from infra.stack.naming import ALIAS

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from infra.stack.naming import Names

type Environment = Mapping[str, pulumi.Input[str]]
"""Variables of a function, some known only when other resources exist."""

TIMEOUT_SECONDS = 25
"""Below the 29 seconds of API Gateway, so that a function that is late can still answer for itself."""
METRICS_NAMESPACE = "Gangway"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What all functions of a stack have in common.

    Attributes:
        code: bundle.
        python_version: of the Lambda runtime.
        memory_mb: memory.
        log_level: least severity that is logged.
        log_retention_days: days for which logs are kept.
        log_key_arn: key that encrypts logs.
    """

    code: pulumi.Archive
    python_version: str
    memory_mb: int
    log_level: str
    log_retention_days: int
    log_key_arn: pulumi.Input[str]


@dataclass(frozen=True, slots=True)
class FunctionArgs:
    """Arguments of Function.

    Attributes:
        service: short name, the same in every stack: the service in logs and metrics, the module of its handler.
        description: what it is for.
        environment: variables of its own; what every function is told is added.
        runtime: what it has in common with the others.
        statements: its rights; writing its logs is added.
        timeout_seconds: after which it is stopped.
        reserved_concurrency: executions at a time, for it alone and at most; None reserves none.
        snap_start: start from a snapshot of each version.
    """

    service: str
    description: str
    environment: Environment
    runtime: Runtime
    statements: Sequence[iam.Statement] = field(default=())
    timeout_seconds: int = TIMEOUT_SECONDS
    reserved_concurrency: int | None = None
    snap_start: bool = False


class Function(pulumi.ComponentResource):
    """`gangway:stack:Function`: a Lambda function, its alias, its IAM role with one policy, and its log group."""

    arn: pulumi.Output[str]
    """Of the alias: what others call."""
    invoke_arn: pulumi.Output[str]
    """ARN under which API Gateway invokes the alias."""
    function_name: pulumi.Output[str]
    role_arn: pulumi.Output[str]

    def __init__(self, name: str, args: FunctionArgs, names: Names, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("gangway:stack:Function", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=names.function_logs(args.service),
            retention_in_days=args.runtime.log_retention_days,
            kms_key_id=args.runtime.log_key_arn,
            opts=child,
        )
        role = aws.iam.Role(
            f"{name}-role",
            name=names.function(args.service),
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
        ready = pulumi.ResourceOptions(parent=self, depends_on=[logs, policy])
        function = _function(name, args, names, role.arn, logs.name, ready)
        alias = aws.lambda_.Alias(
            f"{name}-alias",
            name=ALIAS,
            description="Gangway: the version that is called",
            function_name=function.name,
            function_version=function.version,
            opts=child,
        )
        self.arn = alias.arn
        self.invoke_arn = alias.invoke_arn
        self.function_name = function.name
        self.role_arn = role.arn
        self.register_outputs({"arn": self.arn, "functionName": self.function_name})


def _function(
    name: str,
    args: FunctionArgs,
    names: Names,
    role: pulumi.Input[str],
    log_group: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.lambda_.Function:
    runtime = args.runtime
    common = {
        "POWERTOOLS_SERVICE_NAME": args.service,
        "POWERTOOLS_METRICS_NAMESPACE": METRICS_NAMESPACE,
        "POWERTOOLS_LOG_LEVEL": runtime.log_level,
    }
    snapshot = aws.lambda_.FunctionSnapStartArgs(apply_on="PublishedVersions") if args.snap_start else None
    return aws.lambda_.Function(
        f"{name}-function",
        name=names.function(args.service),
        description=f"Gangway: {args.description}",
        runtime=f"python{runtime.python_version}",
        architectures=["arm64"],
        handler=f"handlers.{args.service.replace('-', '_')}.handler",
        code=runtime.code,
        role=role,
        memory_size=runtime.memory_mb,
        timeout=args.timeout_seconds,
        reserved_concurrent_executions=args.reserved_concurrency,
        publish=True,
        snap_start=snapshot,
        environment=aws.lambda_.FunctionEnvironmentArgs(variables={**common, **args.environment}),
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(
            log_format="JSON", log_group=log_group, system_log_level="WARN"
        ),
        opts=opts,
    )


def callable_by(
    name: str,
    function: Function,
    service: str,
    source_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.lambda_.Permission:
    """Let an AWS service call a function's alias on behalf of one resource."""
    return aws.lambda_.Permission(
        f"{name}-permission",
        action="lambda:InvokeFunction",
        function=function.function_name,
        qualifier=ALIAS,
        principal=service,
        source_arn=source_arn,
        opts=opts,
    )
