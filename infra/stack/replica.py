"""Where copies of what is kept go: another region, and the key there that encrypts them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pulumi


@dataclass(frozen=True, slots=True)
class Replica:
    """The second region.

    Attributes:
        region: its name.
        key_arn: key that encrypts the copies. It is another key than the first region's: neither DynamoDB nor Secrets
            Manager copies what is encrypted, they encrypt anew, so a key of several regions would only be more to lose.
    """

    region: str
    key_arn: pulumi.Input[str]
