"""Who can sign requests to a local stack: one principal for each policy that the program makes for callers.

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

    from infra.local.recorder import Recording

OPERATOR = "operator"
OTHERS = {
    "support": Credentials("AKIAGANGWAYSUPPORT01", "local-only-support"),
    "application": Credentials("AKIAGANGWAYAPPLIC001", "local-only-application"),
}
"""Keys of those who may not do everything."""


def policies(recording: Recording) -> dict[str, dict[str, Any]]:
    """The documents of the managed policies that a program makes, by role, which is how their names end."""
    made = recording.of_type("aws:iam/policy:Policy")
    return {policy.inputs["name"].rpartition("-")[2]: json.loads(policy.inputs["policy"]) for policy in made}


def principals(documents: Mapping[str, Mapping[str, Any]], operator: Credentials) -> dict[str, Principal]:
    """The principals of a local stack, by role.

    Args:
        documents: policies by role. A program that has none has one principal, who may do everything.
        operator: keys of the operator.
    """
    found = {OPERATOR: Principal(operator)}
    for role, credentials in {OPERATOR: operator, **OTHERS}.items():
        if role in documents:
            found[role] = Principal(credentials, f"arn:aws:iam::{ACCOUNT}:user/{role}", (documents[role],))
    return found
