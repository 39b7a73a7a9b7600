"""What the resources of a stack are called in AWS.

Names are chosen here rather than by Pulumi, because people meet them (in consoles, alarms, policies and logs) and
because rights are granted by name. Every name starts with the stack's prefix, so two stacks share an account without
touching, and what belongs to a stack is found by typing its name.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from infra.stack.settings import SettingsError

LONGEST_PREFIX = 40
"""Leaves 24 of the 64 characters that names of functions and roles may have."""


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
    def token_secrets(self) -> str:
        """What the names of the secrets with token hashes begin with; the shard's number follows."""
        return f"{self.prefix}/tokens/"

    def function(self, function: str) -> str:
        """Name of a Lambda function, and of its role."""
        return f"{self.prefix}-{function}"

    def dead_letters(self, function: str) -> str:
        """Queue for what a stream consumer gave up on."""
        return f"{self.prefix}-{function}-dead-letters"

    def sweep(self, function: str) -> str:
        """Schedule that wakes a stream consumer when no record does."""
        return f"{self.prefix}-{function}-sweep"

    def api(self, api: str) -> str:
        """Name of a REST API."""
        return f"{self.prefix}-{api}"
