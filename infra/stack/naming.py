"""What the resources of a stack are called in AWS.

Names are chosen here rather than by Pulumi, because people meet them (in consoles, alarms, policies and logs) and
because rights are granted by name: a policy that is written before the resource it speaks of exists, or that must not
wait for it, takes its ARN from here. Every name starts with the stack's prefix, so two stacks share an account without
touching, and what belongs to a stack is found by typing its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from infra.stack.configuration import SettingsError

LONGEST_PREFIX = 40
"""Leaves 24 of the 64 characters that names of functions and roles may have."""
ANSWERS_SCIM = "scim-api"
"""The function whose log is the log of requests."""
ALIAS = "live"
"""Alias of every function: what is called is a version that can be put back."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a stack lives."""

    account: str
    region: str

    def arn(self, service: str, resource: str) -> str:
        """ARN of a resource of this account; IAM's are of no region."""
        region = "" if service == "iam" else self.region
        return f"arn:aws:{service}:{region}:{self.account}:{resource}"


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one stack's resources.

    Attributes:
        prefix: `<project>-<stack>`; also the name of the table and the event bus, of which there is one each.
    """

    prefix: str

    @classmethod
    def of(cls, project: str, stack: str) -> Self:
        """Names for a Pulumi project and stack.

        Raises:
            SettingsError: AWS could not use the prefix in every kind of name.
        """
        prefix = f"{project}-{stack}"
        if not re.fullmatch(r"[A-Za-z0-9_-]+", prefix) or len(prefix) > LONGEST_PREFIX:
            raise SettingsError(
                f"the stack would be called {prefix!r} in AWS, where names take letters, digits, - and _ and can be "
                f"{LONGEST_PREFIX} characters long at most: choose another stack name with `pulumi stack init`"
            )
        return cls(prefix)

    @property
    def key_alias(self) -> str:
        """Alias of the encryption key."""
        return f"alias/{self.prefix}"

    @property
    def signing_key_alias(self) -> str:
        """Alias of the key pair that signs security event tokens."""
        return f"alias/{self.prefix}-events"

    @property
    def token_secrets(self) -> str:
        """What the names of the secrets with token hashes begin with; the shard's number follows."""
        return f"{self.prefix}/tokens/"

    def function(self, service: str) -> str:
        """Name of a Lambda function, and of its role."""
        return f"{self.prefix}-{service}"

    @property
    def data_role(self) -> str:
        """Role that reaches the items of one organization at a time, for the SCIM function to take."""
        return f"{self.prefix}-scim-data"

    def callable(self, service: str) -> str:
        """What other functions call a Lambda function by."""
        return f"{self.function(service)}:{ALIAS}"

    @property
    def request_logs(self) -> str:
        """Log group of the requests of identity providers, one line each: all that their function writes."""
        return f"/{self.prefix}/requests"

    def function_logs(self, service: str) -> str:
        """Log group of a function."""
        return self.request_logs if service == ANSWERS_SCIM else f"/aws/lambda/{self.function(service)}"

    def gateway_logs(self, api: str) -> str:
        """Log group of what the gateway answered."""
        return f"/aws/apigateway/{self.api(api)}"

    @property
    def firewall_logs(self) -> str:
        """Log group of what the firewall stopped; the firewall writes to groups that begin like that only."""
        return f"aws-waf-logs-{self.prefix}"

    def dead_letters(self, service: str) -> str:
        """Queue for what a background function gave up on."""
        return f"{self.prefix}-{service}-dead-letters"

    def sweep(self, service: str) -> str:
        """Schedule that wakes a background function when nothing else does."""
        return f"{self.prefix}-{service}-sweep"

    def api(self, api: str) -> str:
        """Name of a REST API."""
        return f"{self.prefix}-{api}"

    def callers_policy(self, who: str) -> str:
        """Policy for people or programs that use the stack."""
        return f"{self.prefix}-{who}"
