"""Objects and lists from a request, attribute by attribute.

Names are brought to their canonical spelling, values to their kept form; what is read-only or unknown never gets
further than here. An object that was read still holds None for what the client explicitly left unassigned: PATCH needs
to know, everybody else calls `assigned`.
"""

from functools import lru_cache
from typing import Any

from gangway.scim.dialect import (
    EMPTY_TEXT,
    READ_ONLY_IN_PATCH,
    UNKNOWN_ATTRIBUTES,
    UNWRAPPED_LIST,
    VALUE_FOR_COMPLEX,
    WRAPPED_VALUE,
    Dialect,
)
from gangway.scim.errors import InvalidSyntax, InvalidValue, Mutability
from gangway.scim.multivalued import check_number, check_primary, collapse, says_nothing
from gangway.scim.schema import Attribute
from gangway.scim.settled import settled, settled_parts
from gangway.scim.values import read_simple


class ObjectReader:
    """Reads the parts of one request.

    Args:
        dialect: What it allows beyond the RFCs.
        patching: Read values of PATCH operations: read-only attributes in them are attempts to change something
            (RFC 7644 section 3.5.2), while POST and PUT ignore them (section 3.3); one value may stand for a list.
        creating: What is read comes into being and changes nothing: read-only attributes are ignored as in a POST.
    """

    __slots__ = ("_dialect", "_keeps_read_only", "_patching")

    def __init__(self, dialect: Dialect, *, patching: bool = False, creating: bool = False) -> None:
        self._dialect = dialect
        self._patching = patching
        self._keeps_read_only = patching and not creating

    def read(self, attribute: Attribute, value: Any, prefix: str = "") -> Any:
        """The value of an attribute as it is kept; None if it is unassigned.

        Args:
            attribute: Whose value it is.
            value: From parsed JSON.
            prefix: What to put before the attribute's name in a refusal.

        Raises:
            InvalidValue: It does not fit the attribute.
            InvalidSyntax: An object names something twice.
            Mutability: A PATCH value holds a read-only attribute.
        """
        test = settled(attribute)
        return value if test is not None and test(value) else self._read(attribute, value, prefix)

    def _read(self, attribute: Attribute, value: Any, prefix: str) -> Any:
        if value is None:
            return None
        if attribute.multi_valued:
            return self._read_list(attribute, value, prefix) or None
        if attribute.type == "complex":
            return assigned(self.read_object(attribute, value, prefix))
        return read_simple(attribute, value, self._dialect, prefix)

    def read_object(self, attribute: Attribute, value: Any, prefix: str = "") -> dict[str, Any] | None:
        """The sub-attributes in one value of a complex attribute, None for those explicitly unassigned."""
        if value.__class__ is not dict:
            value = self._as_object(attribute, value, prefix)
            if value is None:
                return None
        tests = settled_parts(attribute)
        read: dict[str, Any] = {}
        others: list[tuple[str, Any]] = []
        for key, item in value.items():
            test = tests.get(key)
            if test is not None and test(item):
                read[key] = item
            else:
                others.append((key, item))
        if others:
            self._read_others(attribute, others, read, inside(attribute, prefix))
        return read

    def _read_others(
        self, attribute: Attribute, others: list[tuple[str, Any]], read: dict[str, Any], within: str
    ) -> None:
        for key, item in others:
            part = attribute.sub_attributes.get(key.lower())
            if part is None:
                if not names_itself(attribute, key, item):
                    self.unknown(key, within)
            elif part.name in read:
                raise InvalidSyntax(f"{within}{part.name} is given twice; names must differ by more than their case.")
            elif part.read_only:
                self.read_only(part, within)
            else:
                checked = self._read(part, item, within)
                if part.kept:
                    read[part.name] = checked

    def unknown(self, name: str, prefix: str) -> None:
        """Pass over an attribute that no schema defines, if the dialect lets it pass.

        Raises:
            InvalidValue: It does not.
        """
        if not self._dialect.allows(UNKNOWN_ATTRIBUTES):
            raise InvalidValue(f"There is no attribute {prefix}{name[:80]}.")

    def read_only(self, attribute: Attribute, prefix: str) -> None:
        """Pass over a read-only attribute: always in POST and PUT, by the dialect in PATCH.

        Raises:
            Mutability: In a PATCH that must keep to the letter.
        """
        if self._keeps_read_only and not self._dialect.allows(READ_ONLY_IN_PATCH):
            raise Mutability(f"{prefix}{attribute.name} is read-only.")

    def _as_object(self, attribute: Attribute, value: Any, prefix: str) -> dict[str, Any] | None:
        if value == "" and self._dialect.allows(EMPTY_TEXT):
            return None
        if not attribute.multi_valued:
            if (
                isinstance(value, str)
                and "value" in attribute.sub_attributes
                and self._dialect.allows(VALUE_FOR_COMPLEX)
            ):
                return {"value": value}
            content = value[0] if isinstance(value, list) and len(value) == 1 else None
            if isinstance(content, dict) and self._dialect.allows(WRAPPED_VALUE):
                return content
        raise InvalidValue(f"{prefix}{attribute.name} must be an object with its sub-attributes.")

    def _read_list(self, attribute: Attribute, value: Any, prefix: str) -> list[Any]:
        if value.__class__ is not list:
            if not self._patching and not self._dialect.allows(UNWRAPPED_LIST):
                raise InvalidValue(f"{prefix}{attribute.name} must be a list.")
            value = [value]
        check_number(attribute, value)
        if attribute.type != "complex":
            elements = [read_simple(attribute, item, self._dialect, prefix) for item in value]
            values = [element for element in elements if element is not None]
        else:
            elements = [assigned(self.read_object(attribute, item, prefix)) for item in value if item is not None]
            if attribute.identified and not all(element and "value" in element for element in elements):
                raise InvalidValue(f"Every value of {prefix}{attribute.name} needs its value.")
            values = [element for element in elements if element and not says_nothing(element)]
        if len(values) > 1:
            values = collapse(attribute, values)
            check_primary(attribute, values)
        return values


@lru_cache(maxsize=1024)
def inside(attribute: Attribute, prefix: str) -> str:
    """What to put before the name of an attribute's part: `name.`, `urn:…:User:`, nothing for a whole resource."""
    if not attribute.name:
        return prefix
    return f"{prefix}{attribute.name}:" if attribute.name.startswith("urn:") else f"{prefix}{attribute.name}."


def names_itself(attribute: Attribute, name: str, value: Any) -> bool:
    """Whether a member of an extension's object only says which schema the object follows.

    In RFC 7643 section 3 `schemas` describes "the current JSON structure"; some clients write it into extensions too.
    """
    if name.lower() != "schemas" or value.__class__ is not list or not attribute.name.startswith("urn:"):
        return False
    return [str(urn).lower() for urn in value] == [attribute.name.lower()]


def assigned(read: dict[str, Any] | None) -> dict[str, Any] | None:
    """What an object that was read assigns; None if that is nothing."""
    if read and None in read.values():
        read = {name: value for name, value in read.items() if value is not None}
    return read or None
