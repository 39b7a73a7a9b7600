"""What all messages have in common: an object with `schemas` and members in any case."""

from collections.abc import Mapping
from typing import Any

from gangway.scim.dialect import MISSING_SCHEMAS, Dialect
from gangway.scim.errors import InvalidSyntax


def read_message(body: object, urn: str, dialect: Dialect | None = None) -> dict[str, Any]:
    """The members of a message by lower-case name.

    Args:
        body: Parsed JSON.
        urn: The message's schema.
        dialect: Given where clients are known to leave `schemas` out.

    Raises:
        InvalidSyntax: Not an object, a member given twice, or another message.
    """
    members = by_lower_name(body, "The body")
    schemas = members.get("schemas")
    if schemas is None and dialect is not None and dialect.allows(MISSING_SCHEMAS):
        return members
    if not isinstance(schemas, list) or urn.lower() not in (str(each).lower() for each in schemas):
        raise InvalidSyntax(f"schemas must contain {urn}.")
    return members


def by_lower_name(value: object, what: str) -> dict[str, Any]:
    """The members of an object by lower-case name.

    Raises:
        InvalidSyntax: Not an object, or a member given twice.
    """
    if not isinstance(value, dict):
        raise InvalidSyntax(f"{what} must be a JSON object.")
    lowered = {name.lower(): member for name, member in value.items()}
    if len(lowered) != len(value):
        raise InvalidSyntax(f"{what} names a member twice; names must differ by more than their case.")
    return lowered


def check_kind(members: Mapping[str, Any], name: str, kind: type, description: str) -> None:
    """Refuse a member that is there but not of the JSON kind it must have.

    Raises:
        InvalidSyntax: It is of another kind.
    """
    value = members.get(name.lower())
    if value is not None and value.__class__ is not kind:
        raise InvalidSyntax(f"{name} must be {description}.")
