"""Who can sign requests to a local stack: one principal for each policy that the program outputs.

So what a policy allows can be tried before anybody is trusted with it: sign with the keys of `support` and see what
support can do. The keys are public, as all keys of a local stack are.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from infra.local.emulator import Credentials
from infra.local.gateway import Principal
from infra.local.made_up import ACCOUNT

if TYPE_CHECKING:
    from collections.abc import Mapping

OPERATOR = "operator"
OTHERS = {
    "support": Credentials("AKIAGANGWAYSUPPORT01", "local-only-support"),
    "application": Credentials("AKIAGANGWAYAPPLIC001", "local-only-application"),
}
"""Keys of those who may not do everything."""


def principals(outputs: Mapping[str, Any], operator: Credentials) -> dict[str, Principal]:
    """The principals of a local stack, by role.

    Args:
        outputs: of the program; `operatorPolicy` and so on are policy documents as JSON texts. A program that has none
            has one principal, who may do everything.
        operator: keys of the operator.
    """
    found = {OPERATOR: _principal(outputs, OPERATOR, operator) or Principal(operator)}
    for role, credentials in OTHERS.items():
        if principal := _principal(outputs, role, credentials):
            found[role] = principal
    return found


def _principal(outputs: Mapping[str, Any], role: str, credentials: Credentials) -> Principal | None:
    document = outputs.get(f"{role}Policy")
    if document is None:
        return None
    return Principal(credentials, f"arn:aws:iam::{ACCOUNT}:user/{role}", (json.loads(document),))
