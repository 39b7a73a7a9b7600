"""Who may call the admin API: three policies for people, roles and services of this account.

Operators may do everything. Support may look at everything and stop what must be stopped (pause an organization,
suspend or revoke a token), but it makes no token and deletes nothing. The application reads the events and the
directories of the organizations it is named. The program outputs the policies and attaches them to nobody: whom to
trust is not its business.

Each operation of the API says who may call it; a test holds the policies to that, path by path.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from infra.stack import iam

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

EVERY_ORGANIZATION: Final = "*"
PRINCIPALS_ORGANIZATION: Final = "${aws:PrincipalTag/gangway-organization}"
"""For applications that serve one customer each: the organization is a tag of the role, and one policy does for all."""

_SUPPORT: Final = {
    # A wildcard goes over slashes: all that may be read.
    "GET": ("openapi.json", "orgs", "orgs/*"),
    "POST": (
        "orgs/*/pause",
        "orgs/*/resume",
        "orgs/*/tokens/*/suspend",
        "orgs/*/tokens/*/resume",
        "orgs/*/tokens/*/revoke",
        "orgs/*/webhooks/*/test",
        "orgs/*/webhooks/*/redrive",
    ),
}
_OF_ONE_ORGANIZATION: Final = (
    "events",
    "event-keys",
    "snapshot",
    "requests/*/events",
    "users",
    "users/*",
    "groups",
    "groups/*",
)


def operator(stage: str) -> dict[str, Any]:
    """Everything.

    Args:
        stage: ARN of the API's stage, `arn:aws:execute-api:<region>:<account>:<api>/<stage>`.
    """
    return _policy("OperateGangway", [f"{stage}/*/admin/v1/*"])


def support(stage: str) -> dict[str, Any]:
    """Look at everything, and stop what must be stopped; `stage` as for operators."""
    return _policy("SupportGangway", _resources(stage, _SUPPORT))


def application(stage: str, organizations: Sequence[str]) -> dict[str, Any]:
    """Events and directories of some organizations.

    Args:
        stage: as for operators.
        organizations: their names; none: the one that the principal is tagged with; `*`: every one, of which then
            nothing but events and directories can be seen.
    """
    names = organizations or (PRINCIPALS_ORGANIZATION,)
    paths = [f"orgs/{name}/{path}" for name in names for path in _OF_ONE_ORGANIZATION]
    itself = [f"orgs/{name}" for name in names if name != EVERY_ORGANIZATION]
    return _policy("ReadFromGangway", _resources(stage, {"GET": ["openapi.json", *itself, *paths]}))


def _resources(stage: str, paths: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{stage}/{method}/admin/v1/{path}" for method, some in paths.items() for path in some]


def _policy(sid: str, resources: Sequence[str]) -> dict[str, Any]:
    statement = {"Sid": sid, "Effect": "Allow", "Action": ["execute-api:Invoke"], "Resource": list(resources)}
    return iam.document([statement])
