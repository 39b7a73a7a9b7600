"""Discovery (RFC 7644 section 4, RFC 7643 sections 5 to 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from tests.standards.scene import (
    BULK,
    ENTERPRISE,
    ERROR,
    GROUP,
    LAB,
    LIST,
    USER,
    Client,
    Server,
    group_body,
    scim_type,
    user_body,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

row = pytest.mark.row
CORE = "urn:ietf:params:scim:schemas:core:2.0"


def attributes(schema: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Every attribute and sub-attribute of a schema, by its path."""
    for attribute in schema["attributes"]:
        yield attribute["name"], attribute
        for sub in attribute.get("subAttributes", ()):
            yield f"{attribute['name']}.{sub['name']}", sub


@row("DIS-01", "DIS-02", "DIS-03", "DIS-16", "DIS-26")
def test_given_the_provider_config_then_one_object_with_every_feature(acme: Client) -> None:
    config = acme.get("/ServiceProviderConfig").json()
    assert config["schemas"] == [f"{CORE}:ServiceProviderConfig"]
    assert "Resources" not in config
    assert config["meta"]["resourceType"] == "ServiceProviderConfig"
    assert acme.get(acme.path(config)).json() == config
    for feature in ("patch", "bulk", "filter", "changePassword", "sort", "etag"):
        assert type(config[feature]["supported"]) is bool
    assert type(config["bulk"]["maxOperations"]) is type(config["bulk"]["maxPayloadSize"]) is int
    assert type(config["filter"]["maxResults"]) is int
    (scheme,) = config["authenticationSchemes"]
    assert (scheme["type"], scheme["primary"]) == ("oauthbearertoken", True)
    assert scheme["name"]
    assert scheme["description"]


@row("DIS-04")
def test_given_no_token_then_discovery_is_a_proper_401(acme: Client) -> None:
    answer = acme.tenant.gangway.send(None, "GET", "/scim/v2/acme/ServiceProviderConfig")
    assert (answer.status, answer.json()["schemas"]) == (401, [ERROR])


@row("DIS-05", "BLK-16")
def test_given_what_is_advertised_then_it_is_so(acme: Client) -> None:
    config = acme.get("/ServiceProviderConfig").json()
    ada = acme.user("ada")
    assert acme.patch(ada, {"op": "add", "path": "title", "value": "x"}).status == 200
    assert acme.get("/Users", sortBy="userName", filter="title pr").json()["totalResults"] == 1
    assert "ETag" in acme.get(acme.path(ada)).headers
    operation = {"method": "DELETE", "path": "/Users/nope"}
    for number, status in ((config["bulk"]["maxOperations"], 200), (config["bulk"]["maxOperations"] + 1, 413)):
        assert acme.send("POST", "/Bulk", {"schemas": [BULK], "Operations": [operation] * number}).status == status
    too_long = '{"schemas": ["' + "x" * config["bulk"]["maxPayloadSize"] + '"]}'
    assert acme.send("POST", "/Bulk", too_long).status == 413


@row("DIS-06", "DIS-09", "DIS-10", "DIS-13")
@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes"])
def test_given_a_list_of_discovery_then_it_is_whole_whatever_the_parameters(acme: Client, path: str) -> None:
    listed = acme.get(path).json()
    assert listed["schemas"] == [LIST]
    assert listed["totalResults"] == len(listed["Resources"])
    assert not [each for each in listed["Resources"] if each["id"].startswith("urn:ietf:params:scim:api:")]
    query = {"count": 1, "startIndex": 2, "sortBy": "id", "attributes": "id"}
    assert acme.get(path, **query).json()["Resources"] == listed["Resources"]


@row("DIS-07", "DIS-11", "DIS-12", "DIS-16", "DIS-10", "DIS-08", "DIS-23")
def test_given_each_document_then_its_location_answers_it_and_its_endpoint_serves(acme: Client) -> None:
    schemas = acme.get("/Schemas").json()["Resources"]
    types = acme.get("/ResourceTypes").json()["Resources"]
    for each in schemas + types:
        assert acme.get(acme.path(each)).json() == each
        kind = "Schema" if "attributes" in each else "ResourceType"
        assert each["meta"]["resourceType"] == kind
    known = {each["id"] for each in schemas}
    assert {each["name"] for each in types} == {"User", "Group"}
    for each in types:
        assert {each["schema"], *(extension["schema"] for extension in each["schemaExtensions"])} <= known
        assert all(type(extension["required"]) is bool for extension in each["schemaExtensions"])
        assert acme.get(each["endpoint"]).json()["schemas"] == [LIST]
    assert acme.get("/Schemas/" + USER.replace(":", "%3A")).json()["id"] == USER
    for path in ("/Schemas/urn:x", "/ResourceTypes/Printer"):
        assert scim_type(acme.get(path), 404) == "None"


@row("DIS-14")
@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig"])
def test_given_a_filter_then_403(acme: Client, path: str) -> None:
    assert scim_type(acme.get(path, filter='name eq "User"'), 403) == "None"


@row("DIS-15")
@pytest.mark.parametrize("path", ["/Schemas", "/ResourceTypes", "/ServiceProviderConfig", f"/Schemas/{USER}"])
@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_given_a_write_then_405_and_what_is_allowed(acme: Client, path: str, method: str) -> None:
    answer = acme.send(method, path, {})
    assert (answer.status, answer.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")


@row("DIS-17", "DIS-19", "DIS-21")
def test_given_every_attribute_then_it_states_its_characteristics(acme: Client) -> None:
    for schema in acme.get("/Schemas").json()["Resources"]:
        for path, each in attributes(schema):
            stated = {"name", "type", "multiValued", "description", "required", "mutability", "returned"}
            simple = {"caseExact", "uniqueness"}
            assert stated <= each.keys(), path
            assert (simple & each.keys()) == (set() if each["type"] == "complex" else simple), path
            assert ("subAttributes" in each) is (each["type"] == "complex"), path
            assert "." not in path or each["type"] != "complex", path
            assert each["type"] != "reference" or (each["caseExact"] and each["referenceTypes"]), path
            assert path not in ("id", "meta", "schemas", "externalId"), path


@row("DIS-18")
def test_given_every_attribute_that_is_listed_then_it_is_kept_and_nothing_else_is(acme: Client) -> None:
    listed = {
        path for path, each in attributes(acme.get(f"/Schemas/{USER}").json()) if each["mutability"] == "readWrite"
    }
    samples = {"boolean": True, "reference": "https://x.example/", "binary": "YQ==", "string": "x"}
    body: dict[str, Any] = user_body("ada")
    for each in acme.get(f"/Schemas/{USER}").json()["attributes"]:
        if each["mutability"] == "readOnly":
            continue
        value: Any = samples.get(each["type"])
        if each["type"] == "complex":
            value = {sub["name"]: samples[sub["type"]] for sub in each["subAttributes"]}
        body[each["name"]] = [value] if each["multiValued"] else value
    ada = acme.send("POST", "/Users", body | {"unlisted": "x"}).json()
    shown = set()
    for name, value in ada.items():
        shown.add(name)
        first = value[0] if isinstance(value, list) else value
        shown |= {f"{name}.{part}" for part in first} if isinstance(first, dict) else set()
    shown = {each for each in shown if each.partition(".")[0] not in ("id", "meta", "schemas")}
    assert shown == listed


KINDS = {"string": str, "reference": str, "binary": str, "dateTime": str, "boolean": bool, "integer": int}


def fits(value: Any, attribute: dict[str, Any], path: str) -> None:
    """Every value is of the listed kind, every part is listed under this very spelling and may be returned."""
    assert attribute["returned"] != "never", path
    if attribute["multiValued"]:
        assert isinstance(value, list), path
        assert value, path
    for each in value if attribute["multiValued"] else [value]:
        if attribute["type"] == "complex":
            parts = {part["name"]: part for part in attribute["subAttributes"]}
            for name, item in each.items():
                fits(item, parts[name], f"{path}.{name}")
        else:
            assert isinstance(each, KINDS[attribute["type"]]), path


@row("DIS-17", "DIS-18", "REP-13", "REP-26", "REP-27")
def test_given_whatever_is_answered_then_the_schemas_list_it_in_this_form(acme: Client) -> None:
    manager = {"value": "26118915", "displayName": "me", "$ref": "../Users/26118915"}
    lab = {"loginCount": 1, "certified": False, "blob": "YQ==", "tags": ["a"], "lastLogin": "2026-05-13T08:00:00Z"}
    ada = acme.user("ada", active=True, emails=[{"VALUE": "a@b.c"}], **{ENTERPRISE: {"manager": manager}, LAB: lab})
    inner = acme.group("inner", [ada["id"]])
    acme.group("outer", [inner["id"], ada["id"]])
    listed = {schema["id"]: schema for schema in acme.get("/Schemas").json()["Resources"]}
    for resource in map(acme.read, acme.get("/").json()["Resources"]):
        base, *extensions = sorted(resource["schemas"], key=lambda urn: urn not in (USER, GROUP))
        known = {each["name"]: each for each in listed[base]["attributes"]}
        assert set(extensions) == {name for name in resource if name.startswith("urn:")}
        for urn in extensions:
            known[urn] = {"type": "complex", "multiValued": False, "returned": "default"}
            known[urn]["subAttributes"] = listed[urn]["attributes"]
        for name in resource.keys() - {"id", "externalId", "meta", "schemas"}:
            fits(resource[name], known[name], name)


@row("DIS-05", "DIS-18", "GRP-01")
def test_given_settings_of_the_organization_then_its_schemas_say_what_it_demands(server: Server) -> None:
    usual = Client(server.tenant("usual"))
    own = Client(server.tenant("own", requiredAttributes=["title"], uniqueGroupNames=False))
    for client, unique, required, twin, untitled in (
        (usual, "server", False, 409, 201),
        (own, "none", True, 201, 400),
    ):
        group, user = (dict(attributes(client.get(f"/Schemas/{urn}").json())) for urn in (GROUP, USER))
        assert (group["displayName"]["uniqueness"], user["title"]["required"]) == (unique, required)
        client.group("crew")
        assert client.send("POST", "/Groups", group_body("CREW")).status == twin
        assert client.send("POST", "/Users", user_body("ada")).status == untitled


@row("DIS-20", "DIS-21", "DIS-22")
@pytest.mark.parametrize(
    ("schema", "path", "characteristic", "value"),
    [
        (GROUP, "displayName", "required", True),
        (USER, "groups.$ref", "referenceTypes", ["Group"]),
        (ENTERPRISE, "manager.value", "caseExact", True),
        (GROUP, "members.display", "type", "string"),
        (USER, "profileUrl", "caseExact", True),
        (USER, "x509Certificates.value", "type", "binary"),
        (LAB, "loginCount", "type", "integer"),
    ],
)
def test_given_the_verified_errata_then_schemas_follow_them(
    acme: Client, schema: str, path: str, characteristic: str, value: Any
) -> None:
    assert dict(attributes(acme.get(f"/Schemas/{schema}").json()))[path][characteristic] == value


@row("DIS-24", "DIS-25", "TEN-01")
@pytest.mark.parametrize(
    ("prefix", "status"), [("/scim/v2", 200), ("/scim/v99", 404), ("/scim/v1", 404), ("/scim", 404)]
)
def test_given_a_version_in_the_path_then_only_the_second_is_spoken(acme: Client, prefix: str, status: int) -> None:
    assert acme.tenant.gangway.send(acme.tenant.token, "GET", f"{prefix}/acme/Users").status == status
