"""From schema documents to a registry.

The documents are what `/Schemas` answers (RFC 7643 section 7); the deployer's own are the same kind of file. A mistake
in one would show itself as a wrong answer to some identity provider weeks later, so it stops the start instead, with
the file, the attribute and the mistake in one sentence.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final, NamedTuple

from gangway.scim.schema.model import Attribute, Registry, ResourceType, Schema, SchemaExtension

_SCHEMAS: Final = Path(__file__).parent.parent / "schemas"
_NAME: Final = re.compile(r"\$?[A-Za-z][A-Za-z0-9_-]*")
_URN: Final = re.compile(r"urn:[a-z0-9][a-z0-9-]{0,31}:[A-Za-z0-9:._-]*[A-Za-z0-9]", re.IGNORECASE)

_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "type": ("string", "boolean", "decimal", "integer", "dateTime", "reference", "binary", "complex"),
    "mutability": ("readWrite", "readOnly", "immutable", "writeOnly"),
    "returned": ("always", "default", "request", "never"),
    "uniqueness": ("none", "server", "global"),
}
_FLAGS: Final = ("multiValued", "required", "caseExact")
_LISTS: Final = ("canonicalValues", "referenceTypes")
_FIELDS: Final[Mapping[str, str]] = {
    "type": "type",
    "multiValued": "multi_valued",
    "description": "description",
    "required": "required",
    "caseExact": "case_exact",
    "mutability": "mutability",
    "returned": "returned",
    "uniqueness": "uniqueness",
    "canonicalValues": "canonical_values",
    "referenceTypes": "reference_types",
}
_CHARACTERISTICS: Final = {"name", "subAttributes", *_FIELDS}


class SchemaError(Exception):
    """A schema document that cannot be used.

    Attributes:
        file: The name of the file.
        attribute: Which attribute, such as `manager.value`; empty when the mistake is the document's own.
        mistake: What is wrong and what would be right.
    """

    def __init__(self, file: str, attribute: str, mistake: str) -> None:
        super().__init__(f"{file}: {f'attribute {attribute}: ' if attribute else ''}{mistake}")
        self.file = file
        self.attribute = attribute
        self.mistake = mistake


class ExtensionFile(NamedTuple):
    """A deployer's extension.

    Attributes:
        resource_type: The resource type it extends; None means the one that ends its URN.
        name: The file's name, for messages.
        document: The parsed JSON: a schema document, which may add `"required": true` when every resource needs it.
    """

    resource_type: str | None
    name: str
    document: object


def load_registry(extensions: Iterable[ExtensionFile] = ()) -> Registry:
    """The core schemas, and the given extensions in their order.

    Raises:
        SchemaError: An extension is not a schema document, or does not fit the others.
    """
    user, group, enterprise = (_core(name) for name in ("User", "Group", "EnterpriseUser"))
    common = _attributes("common.json", _read("common.json")["attributes"])
    types = {
        "User": ResourceType("User", "/Users", "User Account", user, common, (SchemaExtension(enterprise),)),
        "Group": ResourceType("Group", "/Groups", "Group", group, common),
    }
    schemas = {each.id: each for each in (user, group, enterprise)}
    for file in extensions:
        schema, required = _extension(file)
        if schema.id.lower() in (urn.lower() for urn in schemas):
            raise SchemaError(file.name, "", f"the schema {schema.id} exists already; give it a URN of its own")
        type_name = file.resource_type or schema.id.rpartition(":")[2]
        if type_name not in types:
            known = " or ".join(types)
            raise SchemaError(file.name, "", f"there is no resource type {type_name!r} to extend; it must be {known}")
        extended = types[type_name]
        types[type_name] = replace(
            extended, extensions=(*extended.extensions, SchemaExtension(schema, required=required))
        )
        schemas[schema.id] = schema
    return Registry(types, schemas)


def _read(file: str) -> Any:
    return json.loads((_SCHEMAS / file).read_text(encoding="utf-8"))


def _core(name: str) -> Schema:
    document = _read(f"{name}.json")
    attributes = _attributes(f"{name}.json", document["attributes"])
    return Schema(document["id"], document["name"], document["description"], attributes)


def _extension(file: ExtensionFile) -> tuple[Schema, bool]:
    document = file.document
    if not isinstance(document, dict):
        raise SchemaError(file.name, "", "a schema document is a JSON object with id, name and attributes")
    urn, name, required = document.get("id"), document.get("name", ""), document.get("required", False)
    if not isinstance(urn, str) or not _URN.fullmatch(urn):
        raise SchemaError(file.name, "", 'its "id" must be a URN such as urn:example:params:scim:schemas:my:2.0:User')
    if not isinstance(name, str) or not isinstance(document.get("description", ""), str):
        raise SchemaError(file.name, "", 'its "name" and "description" must be text')
    if not isinstance(required, bool):
        raise SchemaError(file.name, "", 'its "required" must be true or false')
    attributes = _attributes(file.name, document.get("attributes"))
    for attribute in attributes.values():
        if attribute.uniqueness != "none":
            mistake = 'uniqueness is not enforced on attributes of extensions; it must be "none"'
            raise SchemaError(file.name, attribute.name, mistake)
    return Schema(urn, name or urn.rpartition(":")[2], document.get("description", ""), attributes), required


def _attributes(file: str, documents: object, parent: str = "") -> Mapping[str, Attribute]:
    """The attributes of a list by lower-case name."""
    where = "subAttributes" if parent else "attributes"
    if not isinstance(documents, list) or not documents:
        raise SchemaError(file, parent.rstrip("."), f'"{where}" must be a list with at least one attribute')
    attributes: dict[str, Attribute] = {}
    for document in documents:
        attribute = _attribute(file, document, parent)
        if attribute.name.lower() in attributes:
            raise SchemaError(file, f"{parent}{attribute.name}", "is defined twice (names have no case)")
        attributes[attribute.name.lower()] = attribute
    return attributes


def _attribute(file: str, document: object, parent: str) -> Attribute:
    name = document.get("name") if isinstance(document, dict) else None
    if not isinstance(document, dict) or not isinstance(name, str) or not _NAME.fullmatch(name):
        mistake = 'every attribute is an object whose "name" is a letter followed by letters, digits, "-" or "_"'
        raise SchemaError(file, parent.rstrip("."), mistake)
    path = f"{parent}{name}"
    values: dict[str, Any] = {"name": name, **_characteristics(file, path, document)}
    is_complex = values.get("type") == "complex"
    if is_complex and parent:
        raise SchemaError(file, path, "a sub-attribute cannot be complex (RFC 7643 section 2.3.8)")
    if is_complex != ("subAttributes" in document):
        raise SchemaError(file, path, 'exactly the attributes of type "complex" have "subAttributes"')
    if is_complex:
        values["sub_attributes"] = _attributes(file, document["subAttributes"], f"{path}.")
    return Attribute(**values)


def _characteristics(file: str, path: str, document: Mapping[str, Any]) -> dict[str, Any]:
    """The characteristics that are given, checked; the defaults of RFC 7643 section 2.2 are those of `Attribute`."""
    values: dict[str, Any] = {}
    for key, value in document.items():
        if key not in _CHARACTERISTICS:
            known = ", ".join(sorted(_CHARACTERISTICS))
            raise SchemaError(file, path, f"unknown characteristic {key!r}; the known ones are {known}")
        rule = _mistake(key, value)
        if rule is not None:
            raise SchemaError(file, path, f"{key!r} must be {rule}")
        if key in _FIELDS:
            values[_FIELDS[key]] = tuple(value) if key in _LISTS else value
    return values


def _mistake(key: str, value: object) -> str | None:
    """What the value of a characteristic must be, if it is not."""
    if key in _WORDS:
        return None if value in _WORDS[key] else f"one of {', '.join(_WORDS[key])}"
    if key in _FLAGS:
        return None if isinstance(value, bool) else "true or false"
    if key in _LISTS:
        texts = isinstance(value, list) and all(isinstance(text, str) for text in value)
        return None if texts else "a list of texts"
    return None if key == "subAttributes" or isinstance(value, str) else "text"
