"""From the body of a POST or PUT to the document that is stored (RFC 7644 sections 3.3 and 3.5.1).

A document is the resource as its client may write it: canonical spelling, checked values, nothing unassigned, and
without what the server itself assigns (`id`, `meta`, `groups`) or must not keep (`password`). A PUT replaces; what it
does not mention is gone, with three exceptions: a boolean of the base schema (no client means to reactivate somebody by
not mentioning `active`), an immutable value, and members, which are kept outside of documents.
"""

from collections.abc import Collection, Mapping
from functools import lru_cache
from typing import Any

from gangway.scim.compare import canonical_key
from gangway.scim.dialect import MISSING_SCHEMAS, UNKNOWN_SCHEMAS, Dialect
from gangway.scim.errors import InvalidSyntax, InvalidValue, Mutability
from gangway.scim.limits import MAX_VALUES
from gangway.scim.objects import ObjectReader, assigned, inside
from gangway.scim.schema import Attribute, ResourceType


def prepare(
    body: object,
    resource_type: ResourceType,
    dialect: Dialect,
    *,
    current: Mapping[str, Any] | None = None,
    detached: Collection[str] = (),
) -> dict[str, Any]:
    """The document that a POST creates or a PUT leaves behind.

    Args:
        body: Parsed JSON.
        resource_type: What it shall be.
        dialect: What it allows beyond the RFCs.
        current: The stored document that a PUT replaces; None for a POST.
        detached: Multi-valued attributes kept outside of documents. They stay in the result only if the client gave
            them, and as an empty list if it explicitly left them unassigned.

    Raises:
        InvalidSyntax: Not an object, no usable `schemas`, or an attribute given twice.
        InvalidValue: A required value is missing, or a value does not fit.
        Mutability: An immutable value would change.
    """
    if not isinstance(body, dict):
        raise InvalidSyntax("The body must be a JSON object.")
    _check_schemas(body, resource_type, dialect)
    root = root_attribute(resource_type)
    read = ObjectReader(dialect).read_object(root, body) or {}
    document = assigned(read) or {}
    for name in detached:
        if name in read:
            document.setdefault(name, [])
    if current is not None:
        for attribute in resource_type.schema.attributes.values():
            if attribute.type == "boolean" and attribute.name in current and attribute.name not in read:
                document[attribute.name] = current[attribute.name]
        document = _carry_over(root, document, current)
    check_required(root, document)
    return in_step(document, resource_type)


@lru_cache(maxsize=256)
def root_attribute(resource_type: ResourceType) -> Attribute:
    """The whole resource as one complex attribute, whose parts are attributes and, by their URN, extensions."""
    parts = dict(resource_type.attributes)
    for extension in resource_type.extensions:
        schema = extension.schema
        parts[schema.id.lower()] = Attribute(
            schema.id, "complex", required=extension.required, sub_attributes=schema.attributes
        )
    return Attribute("", "complex", sub_attributes=parts)


def in_step(document: Mapping[str, Any], resource_type: ResourceType) -> dict[str, Any]:
    """The document with the `schemas` that it uses: the base schema and each extension it has data of."""
    used = [each.schema.id for each in resource_type.extensions if document.get(each.schema.id)]
    return {**document, "schemas": [resource_type.schema.id, *used]}


def check_required(attribute: Attribute, value: Mapping[str, Any], prefix: str = "") -> None:
    """Refuse an object that lacks something required, at any depth.

    Raises:
        InvalidValue: Naming what is missing.
    """
    for part in _demanding(attribute):
        given = value.get(part.name)
        if part.required and (given is None or given == [] or (isinstance(given, str) and not given.strip())):
            raise InvalidValue(f"{prefix}{part.name} is required and must not be empty.")
        if given and part.type == "complex":
            for element in given if part.multi_valued else (given,):
                check_required(part, element, inside(part, prefix))


@lru_cache(maxsize=4096)
def _demanding(attribute: Attribute) -> tuple[Attribute, ...]:
    """The parts that are required, or have such parts themselves."""
    return tuple(
        part for part in attribute.sub_attributes.values() if part.kept and (part.required or _demanding(part))
    )


def same(attribute: Attribute, one: Any, other: Any) -> bool:
    """Whether two values of an attribute are the same value, case aside where case does not matter."""
    if one.__class__ is str and other.__class__ is str and attribute.type != "complex":
        return canonical_key(attribute, one) == canonical_key(attribute, other)
    return bool(one == other)


def _carry_over(
    attribute: Attribute, document: dict[str, Any], current: Mapping[str, Any], prefix: str = ""
) -> dict[str, Any]:
    """The new object with what a PUT cannot change in the old one."""
    for name, old in current.items():
        part = attribute.sub_attributes.get(name.lower())
        if part is None:
            continue
        new = document.get(name)
        if part.mutability == "immutable" and new is not None and not same(part, old, new):
            raise Mutability(f"{prefix}{name} is immutable; it has a value already and must keep it.")
        if part.read_only or part.mutability == "immutable":
            document[name] = old
        elif part.type == "complex" and not part.multi_valued:
            kept = _carry_over(part, dict(new or {}), old, inside(part, prefix))
            if kept:
                document[name] = kept
    return document


def _check_schemas(body: Mapping[str, Any], resource_type: ResourceType, dialect: Dialect) -> None:
    given = body.get("schemas") or next((value for key, value in body.items() if key.lower() == "schemas"), None)
    if given in _usual_schemas(resource_type):
        return
    base = resource_type.schema.id.lower()
    if given is None:
        if not dialect.allows(MISSING_SCHEMAS):
            raise InvalidSyntax(f"schemas is required; it must contain {resource_type.schema.id}.")
        return
    if not isinstance(given, list) or len(given) > MAX_VALUES or not all(isinstance(urn, str) for urn in given):
        raise InvalidSyntax(f"schemas must be a list of at most {MAX_VALUES} URNs.")
    urns = {urn.lower() for urn in given}
    fitting = base in urns and len(urns) == len(given) and urns <= _known_schemas(resource_type)
    if not fitting and not dialect.allows(UNKNOWN_SCHEMAS):
        raise InvalidValue(f"schemas must contain {resource_type.schema.id}, and else only its extensions, each once.")


@lru_cache(maxsize=256)
def _usual_schemas(resource_type: ResourceType) -> tuple[list[str], ...]:
    """What most clients send: the base schema alone, or with the first extensions."""
    urns = [resource_type.schema.id, *(each.schema.id for each in resource_type.extensions)]
    return tuple(urns[:number] for number in range(1, len(urns) + 1))


@lru_cache(maxsize=256)
def _known_schemas(resource_type: ResourceType) -> frozenset[str]:
    schemas = (resource_type.schema, *(each.schema for each in resource_type.extensions))
    return frozenset(schema.id.lower() for schema in schemas)
