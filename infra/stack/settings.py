"""What a deployer may choose.

`Pulumi.yaml` declares the same settings for `pulumi config` and for editors; a test holds the two together. How they
are read, and how mistakes are explained, is in `configuration`; what the presets stand for is in `presets`.
"""

from __future__ import annotations

import ipaddress
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, model_validator

from infra.stack.configuration import Configuration
from infra.stack.dependencies import PYTHON, Python

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""What CloudWatch Logs accepts."""

Region = Annotated[str, Field(pattern=r"^([a-z]{2}(-[a-z]+)+-\d)?$")]
VpcEndpoint = Annotated[str, Field(pattern=r"^vpce-[0-9a-f]+$")]
OrganizationId = Annotated[str, Field(pattern=r"^[0-9A-Za-z]{8}$")]
Tag = Annotated[str, Field(pattern=r"^[^=]{1,128}=.{0,256}$")]


def _network(text: str) -> str:
    return str(ipaddress.ip_network(text))


Network = Annotated[str, AfterValidator(_network)]


class Settings(Configuration):
    """The settings of a stack."""

    preset: Literal["trial", "production"] = Field(
        default="trial",
        description="Where settings that say `preset` get their values: trial (small, easily deleted) or production.",
    )

    # What is kept.
    deletion_protection: bool = Field(
        default=False,
        description="Refuse to delete the table, the token secrets and the encryption key until this is false again "
        "(production: true).",
    )
    recovery_days: int = Field(
        default=7,
        ge=1,
        le=35,
        description="Days back to which the table can be restored, second by second, 1 to 35 (production: 35).",
    )
    restored_table: str = Field(
        default="",
        pattern=r"^([a-zA-Z0-9_.-]{3,255})?$",
        description="Name of a restored table for the stack to go on with instead of its own; see docs/deploy.md.",
    )
    second_region: Region = Field(
        default="",
        description="Region in which copies of the table and the token secrets are kept, for the stack secondStack to "
        "take over; see docs/operations.md.",
    )
    second_stack: str = Field(
        default="", description="Name of the stack of this project that stands by in secondRegion."
    )
    primary_stack: str = Field(
        default="",
        description="Name of the stack whose copies this stack works with in the second region; it has secondRegion "
        "and secondStack set.",
    )
    duty: Literal["default", "active", "standby"] = Field(
        default="default",
        description="Whether this stack works: active, or standby, which answers nothing and does nothing. By default "
        "a stack with a primaryStack stands by, any other works. Two stacks of one table must never both work.",
    )
    token_shards: int = Field(
        default=16,
        ge=1,
        le=100,
        description="Number of secrets that hold token hashes, for up to 80 organizations each. It may grow: "
        "new tokens go where it says, and `gangway token move` moves the others.",
    )
    dedicated_token_secrets: tuple[OrganizationId, ...] = Field(
        default=(), description="Ids of organizations whose token hashes get a secret of their own."
    )
    token_prefix: str = Field(
        default="gangway",
        pattern=r"^[a-z]{2,16}$",
        description="Word in front of every token, for people and secret scanners: 2 to 16 lower-case letters.",
    )
    tombstone_days: int = Field(
        default=30,
        ge=0,
        le=365,
        description="Days for which a deleted user can be brought back under the same id; "
        "an organization may have its own.",
    )
    event_retention_days: int = Field(
        default=90, ge=1, le=3650, description="Days for which past changes can be read and replayed."
    )

    # The doors.
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?)?$",
        description="URL that identity providers use when something of yours stands in front of the gateway, "
        "without a trailing slash, for example https://scim.example.com.",
    )
    domain_name: str = Field(
        default="",
        pattern=r"^([a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+)?$",
        description="Domain of your own for identity providers, for example scim.example.com; needs certificateArn. "
        "The gateway's own URL is then off.",
    )
    certificate_arn: str = Field(
        default="",
        pattern=r"^(arn:aws[a-z-]*:acm:[a-z0-9-]+:\d{12}:certificate/\S+)?$",
        description="Certificate of Certificate Manager for domainName, in the stack's region.",
    )
    hosted_zone_id: str = Field(
        default="",
        pattern=r"^(Z[A-Z0-9]+)?$",
        description="Route 53 zone that gets the record of domainName; without one, add the record yourself.",
    )
    scim_vpc_endpoints: tuple[VpcEndpoint, ...] = Field(
        default=(),
        description="VPC endpoints (vpce-...) through which alone the SCIM API is reached; "
        "leave empty when identity providers come over the internet.",
    )
    admin_vpc_endpoints: tuple[VpcEndpoint, ...] = Field(
        default=(), description="VPC endpoints (vpce-...) through which alone the admin API is reached."
    )
    application_organizations: tuple[Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$")], ...] = Field(
        default=(),
        max_length=5,
        description="Names of up to 5 organizations that the policy for your application is about; none: all.",
    )
    rate_limit: int = Field(default=50, ge=1, description="SCIM requests a second that one organization may make.")
    throttle_rate: int = Field(
        default=1000, ge=1, description="Requests a second that each API takes from all callers together."
    )
    throttle_burst: int = Field(default=2000, ge=1, description="Requests that each API takes at one moment.")
    access_logs: bool = Field(
        default=False,
        description="Let the gateway log every request, without query strings and tokens (production: true).",
    )
    manage_gateway_log_role: bool = Field(
        default=False,
        description="Create the role with which API Gateway writes logs in this account and region. "
        "A new account needs it for accessLogs; one stack of an account and region may have it.",
    )
    firewall: bool = Field(
        default=False, description="Put a web application firewall in front of the SCIM API (production: true)."
    )
    firewall_rate: int = Field(
        default=30_000,
        ge=100,
        description="Requests in five minutes that the firewall lets one token make, or one address without a token.",
    )

    # What runs.
    isolation: Literal["guard", "session"] = Field(
        default="guard",
        description="What keeps organizations apart in the table: guard (our code checks every call) or session (IAM "
        "does so as well: the SCIM function takes a role for one organization at a time).",
    )
    function_memory: int = Field(
        default=1024,
        ge=256,
        le=10240,
        description="Memory of each Lambda function in MB; its share of a processor grows with it.",
    )
    python_version: Python = Field(
        default=PYTHON,
        description="Python of the Lambda runtime: 3.13 or 3.14. The machine that deploys compiles with it; without, "
        "cold starts double.",
    )
    scim_concurrency: int = Field(
        default=0,
        ge=0,
        description="Concurrent executions reserved for the SCIM function, which are also its limit; 0 reserves none.",
    )
    snap_start: bool = Field(
        default=False,
        description="Start the functions behind the APIs from a snapshot (Lambda SnapStart), at a price for each.",
    )
    webhook_networks: tuple[Network, ...] = Field(
        default=(),
        description="Private networks that webhooks may be sent to, each address/prefix length; others are refused.",
    )

    # What is seen of it.
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severity that functions log: DEBUG, INFO, WARNING or ERROR."
    )
    log_retention_days: int = Field(
        default=30, description="Days for which CloudWatch keeps the logs (production: 365)."
    )
    alarms: bool = Field(
        default=False, description="Watch the stack with CloudWatch alarms and a dashboard (production: true)."
    )
    alarm_email: str = Field(
        default="",
        pattern=r"^([^@\s]+@[^@\s]+)?$",
        description="Address that alarms are mailed to; it has to confirm a mail first.",
    )
    monthly_budget: int = Field(
        default=0,
        ge=0,
        description="US dollars a month after which alarmEmail is told what the stack costs; 0 watches nothing.",
    )

    # How it is deployed.
    extensions: tuple[str, ...] = Field(
        default=(),
        description="Schema extensions to add, each [ResourceType=]FILE; "
        "without a type, the resource type that the schema's URN ends with.",
    )
    tags: tuple[Tag, ...] = Field(
        default=(), description="Tags for every resource beside project and stack, each key=value."
    )
    code_archive: str = Field(
        default="",
        description="Bundle to deploy, a zip archive or a folder, instead of building one from this checkout.",
    )

    @model_validator(mode="after")
    def _agree(self) -> Self:
        """Check what one setting means for another."""
        if self.log_retention_days not in LOG_RETENTION_DAYS:
            nearest = min(LOG_RETENTION_DAYS, key=lambda days: abs(days - self.log_retention_days))
            raise ValueError(
                f"logRetentionDays: CloudWatch keeps logs for certain numbers of days only; the nearest is {nearest}"
            )
        if self.code_archive and self.extensions:
            raise ValueError(
                "extensions: they are put into the bundle when it is built, and codeArchive names one that is built"
            )
        if bool(self.domain_name) != bool(self.certificate_arn):
            raise ValueError("domainName, certificateArn: a domain needs a certificate, and a certificate a domain")
        if self.hosted_zone_id and not self.domain_name:
            raise ValueError("hostedZoneId: is for the record of domainName, which is not set")
        if self.domain_name and self.public_url:
            raise ValueError("publicUrl: domainName says already what stands in front of the gateway")
        if self.domain_name and self.scim_vpc_endpoints:
            raise ValueError("scimVpcEndpoints: a domain for the internet and endpoints of a VPC exclude each other")
        if self.monthly_budget and not (self.alarms and self.alarm_email):
            raise ValueError("monthlyBudget: set alarms and alarmEmail too, so that somebody hears of it")
        return self

    @model_validator(mode="after")
    def _regions_agree(self) -> Self:
        """Check what one setting about regions means for another."""
        if bool(self.second_region) != bool(self.second_stack):
            raise ValueError("secondRegion, secondStack: copies need a stack that works with them, and it the copies")
        if self.second_region and self.primary_stack:
            raise ValueError("primaryStack, secondRegion: a stack has a second region, or is that of one")
        if self.duty == "standby" and not (self.second_region or self.primary_stack):
            raise ValueError("duty: standby is for the stacks of two regions, and this has neither second nor primary")
        if self.hosted_zone_id and (self.second_region or self.primary_stack):
            raise ValueError(
                "hostedZoneId: leave the record of domainName to yourself, so that failing over is one change in DNS"
            )
        return self

    @property
    def sessions(self) -> bool:
        """Whether the SCIM function takes a role for each organization."""
        return self.isolation == "session"

    @property
    def stands_by(self) -> bool:
        """Whether the stack does nothing, because another works with the same data."""
        return self.duty == "standby" or (self.duty == "default" and bool(self.primary_stack))

    @property
    def tag_map(self) -> dict[str, str]:
        """The tags as AWS takes them."""
        return dict(tag.split("=", 1) for tag in self.tags)
