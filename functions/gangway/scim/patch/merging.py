"""Changes of one object: what is named changes, the rest stays (RFC 7644 section 3.5.2.3)."""

from collections.abc import Mapping
from typing import Any

from gangway.scim.errors import Mutability
from gangway.scim.resource import same
from gangway.scim.schema import Attribute


def merge(
    attribute: Attribute, old: Mapping[str, Any] | None, changes: Mapping[str, Any], prefix: str
) -> dict[str, Any]:
    """A complex value with the named sub-attributes changed.

    A `$ref` is the address of its `value`, so it does not outlive it; and `primary` false says what its absence says.

    Args:
        attribute: Whose value it is.
        old: The value so far.
        changes: By canonical name; None unassigns.
        prefix: What to put before a sub-attribute's name in a refusal.

    Raises:
        Mutability: An immutable sub-attribute would lose or change its value.
    """
    merged = dict(old or {})
    for name, new in changes.items():
        part = attribute.sub_attributes[name.lower()]
        before = merged.get(name)
        check_immutable(part, before, new, prefix)
        if new is None:
            merged.pop(name, None)
        elif new is not False or name != "primary" or before is not None:
            merged[name] = new
    if "$ref" in merged and "$ref" not in changes and old is not None and merged.get("value") != old.get("value"):
        del merged["$ref"]
    return merged


def check_immutable(attribute: Attribute, old: Any, new: Any, prefix: str) -> None:
    """Refuse to change what was set once and for all; setting it for the first time is fine.

    Raises:
        Mutability: The attribute is immutable and would lose or change its value.
    """
    if attribute.mutability == "immutable" and old is not None and (new is None or not same(attribute, old, new)):
        raise Mutability(f"{prefix}{attribute.name} is immutable; it has a value already and must keep it.")
