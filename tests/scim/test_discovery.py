"""What the server says about itself, against the RFC, its verified errata, and what is enforced."""

import json
from collections.abc import Iterator
from importlib import resources
from typing import Any

import pytest

from gangway.scim import discovery
from gangway.scim.limits import LIMITS, Limits
from tests.scim.examples import LAB, LAB_REGISTRY

BASE = "https://h.example/scim/v2/acme"
SCHEMAS = {each["name"]: each for each in discovery.schemas(LAB_REGISTRY, BASE)}


def attribute(schema: str, path: str) -> dict[str, Any]:
    found = SCHEMAS[schema]
    key = "attributes"
    for name in path.split("."):
        found = next(each for each in found[key] if each["name"] == name)
        key = "subAttributes"
    return found


def every_attribute() -> Iterator[tuple[str, dict[str, Any]]]:
    for schema in SCHEMAS.values():
        for each in schema["attributes"]:
            yield f"{schema['name']}:{each['name']}", each
            for sub in each.get("subAttributes", []):
                yield f"{schema['name']}:{each['name']}.{sub['name']}", sub


def test_the_provider_advertises_the_limits_that_are_enforced() -> None:
    config = discovery.service_provider_config(BASE)
    assert config["bulk"] == {"supported": True, "maxOperations": 250, "maxPayloadSize": 1_048_576}
    assert config["filter"] == {"supported": True, "maxResults": LIMITS.max_results}
    assert config["pagination"] == {
        "cursor": True,
        "index": True,
        "defaultPaginationMethod": "index",
        "defaultPageSize": LIMITS.page_size,
        "maxPageSize": LIMITS.max_results,
        "cursorTimeout": LIMITS.cursor_timeout,
    }
    assert discovery.service_provider_config(BASE, Limits(max_operations=7))["bulk"]["maxOperations"] == 7


def test_the_provider_names_every_feature_and_its_authentication() -> None:
    config = discovery.service_provider_config(BASE)
    assert {name: config[name]["supported"] for name in ("patch", "changePassword", "sort", "etag")} == {
        "patch": True,
        "changePassword": False,
        "sort": True,
        "etag": True,
    }
    assert [each["type"] for each in config["authenticationSchemes"]] == ["oauthbearertoken"]
    assert config["meta"] == {"resourceType": "ServiceProviderConfig", "location": f"{BASE}/ServiceProviderConfig"}


def test_resource_types_name_their_schemas() -> None:
    user, group = discovery.resource_types(LAB_REGISTRY, BASE)
    assert (user["name"], user["endpoint"], group["name"], group["endpoint"]) == ("User", "/Users", "Group", "/Groups")
    assert user["schemaExtensions"][1] == {"schema": LAB, "required": False}
    assert group["schemaExtensions"] == []
    extensions = [each["schema"] for each in user["schemaExtensions"] + group["schemaExtensions"]]
    assert {user["schema"], group["schema"], *extensions} == {each["id"] for each in SCHEMAS.values()}
    assert user["meta"]["location"] == f"{BASE}/ResourceTypes/User"


def test_schemas_have_their_own_address() -> None:
    for schema in SCHEMAS.values():
        assert schema["meta"] == {"resourceType": "Schema", "location": f"{BASE}/Schemas/{schema['id']}"}


@pytest.mark.parametrize("name", ["User", "Group", "EnterpriseUser"])
def test_a_core_schema_is_answered_as_it_is_kept(name: str) -> None:
    kept = json.loads((resources.files("gangway.scim") / "schemas" / f"{name}.json").read_text(encoding="utf-8"))
    assert {key: value for key, value in SCHEMAS[name].items() if key != "meta"} == kept


def test_every_attribute_states_its_characteristics_and_no_null() -> None:
    common = {"name", "type", "multiValued", "description", "required", "mutability", "returned"}
    for path, each in every_attribute():
        stated = common | ({"subAttributes"} if each["type"] == "complex" else {"caseExact", "uniqueness"})
        assert stated <= each.keys(), path
        assert None not in each.values(), path
        assert each["type"] != "complex" or "." not in path


@pytest.mark.parametrize(
    ("schema", "path", "characteristic", "value"),
    [
        ("Group", "displayName", "required", True),
        ("Group", "members.display", "mutability", "readOnly"),
        ("User", "groups.$ref", "referenceTypes", ["Group"]),
        ("User", "userName", "uniqueness", "server"),
        ("User", "password", "returned", "never"),
        ("User", "x509Certificates.value", "type", "binary"),
        ("EnterpriseUser", "manager.value", "caseExact", True),
        ("Group", "members.value", "caseExact", True),
        ("User", "groups.value", "caseExact", True),
        ("EnterpriseUser", "manager.displayName", "mutability", "readOnly"),
        ("LabUser", "hireCode", "mutability", "immutable"),
    ],
)
def test_verified_errata_the_case_of_ids_and_extensions_are_in_the_schemas(
    schema: str, path: str, characteristic: str, value: object
) -> None:
    assert attribute(schema, path)[characteristic] == value


def test_references_and_binaries_are_case_exact() -> None:
    exact = [each["caseExact"] for _, each in every_attribute() if each["type"] in ("reference", "binary")]
    assert exact
    assert all(exact)
