"""A domain of one's own in front of the SCIM API.

Identity providers store the URL they are given. With a domain it survives everything: a stack that is built anew, or
one in another region.
"""

from __future__ import annotations

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from infra.stack.api import STAGE_NAME, TLS_POLICY


@dataclass(frozen=True, slots=True)
class DomainArgs:
    """Arguments of Domain.

    Attributes:
        domain_name: fully qualified name.
        certificate_arn: certificate for it, in the stack's region.
        hosted_zone_id: Route 53 zone that gets its record; None: somebody else adds it.
        api_id: the API behind it.
    """

    domain_name: str
    certificate_arn: str
    hosted_zone_id: str | None
    api_id: pulumi.Input[str]


class Domain(pulumi.ComponentResource):
    """`gangway:stack:Domain`: a regional custom domain, its mapping to an API's stage, and its DNS record."""

    target: pulumi.Output[str]
    """What the domain's DNS record points to."""

    def __init__(
        self, name: str, args: DomainArgs, stage: pulumi.Resource, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        super().__init__("gangway:stack:Domain", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        domain = aws.apigateway.DomainName(
            f"{name}-domain",
            domain_name=args.domain_name,
            regional_certificate_arn=args.certificate_arn,
            security_policy=TLS_POLICY,
            endpoint_access_mode="BASIC",
            endpoint_configuration=aws.apigateway.DomainNameEndpointConfigurationArgs(types="REGIONAL"),
            opts=child,
        )
        aws.apigateway.BasePathMapping(
            f"{name}-mapping",
            domain_name=domain.domain_name,
            rest_api=args.api_id,
            stage_name=STAGE_NAME,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[stage]),
        )
        if args.hosted_zone_id:
            aws.route53.Record(
                f"{name}-record",
                zone_id=args.hosted_zone_id,
                name=args.domain_name,
                type=aws.route53.RecordType.A,
                aliases=[
                    aws.route53.RecordAliasArgs(
                        name=domain.regional_domain_name,
                        zone_id=domain.regional_zone_id,
                        evaluate_target_health=False,
                    )
                ],
                opts=child,
            )
        self.target = domain.regional_domain_name
        self.register_outputs({"target": self.target})
