"""The OpenAPI document of the admin API, made of the routes and models that answer.

Nothing in it is written by hand, so it cannot disagree with the code. It is served by the API itself and kept in
`docs/admin-api.json`, where a test compares it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic.json_schema import models_json_schema

from gangway.http.admin.documented import Documented

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from pydantic.json_schema import JsonSchemaMode

    from gangway.http.admin.models import AdminModel
    from gangway.http.admin.operation import Area, Operation
    from gangway.http.routing import Route

BASE_PATH = "/admin/v1"

_REFERENCE = "#/components/schemas/{model}"
_PROBLEM_REFERENCE = {"$ref": _REFERENCE.format(model="Problem")}
_PROBLEM: dict[str, Any] = {
    "type": "object",
    "description": "Problem details (RFC 9457).",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string", "description": "Says what kind of problem it is; scripts may compare it."},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What went wrong in this case, and what would be right."},
        "errors": {
            "type": "array",
            "description": "One entry for each member of the body, or parameter, that is wrong.",
            "items": {
                "type": "object",
                "properties": {"pointer": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}


_SECURITY = {
    "sigv4": {"type": "apiKey", "name": "Authorization", "in": "header", "x-amazon-apigateway-authtype": "awsSigv4"}
}


def document(areas: Sequence[Area]) -> dict[str, Any]:
    """The document for these areas (OpenAPI 3.1)."""
    schemas = _Schemas(operation for area in areas for route in area.routes for operation in route.endpoints.values())
    paths = {BASE_PATH + route.template: _path(area, route, schemas) for area in areas for route in area.routes}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Gangway admin API",
            "version": "1",
            "description": "Requests are signed with AWS Signature Version 4 (service execute-api). "
            "Operators may call everything; x-gangway-roles names who else may.",
        },
        "security": [{name: [] for name in _SECURITY}],
        "paths": dict(sorted(paths.items())),
        "components": {"schemas": {**schemas.definitions, "Problem": _PROBLEM}, "securitySchemes": _SECURITY},
    }


class _Schemas:
    """References to the models of all operations: as they are accepted, and as they are answered."""

    def __init__(self, operations: Iterable[Operation]) -> None:
        wanted: set[tuple[type[AdminModel], JsonSchemaMode]] = set()
        for operation in operations:
            wanted |= {(model, "validation") for model in (operation.body, operation.query) if model}
            wanted |= {(operation.returns, "serialization")} if operation.returns else set()
        ordered = sorted(wanted, key=lambda use: (use[0].__name__, use[1]))
        self._references, definitions = models_json_schema(
            ordered, by_alias=True, ref_template=_REFERENCE, schema_generator=Documented
        )
        self.definitions: dict[str, Any] = definitions.get("$defs", {})

    def accepted(self, model: type[AdminModel]) -> dict[str, Any]:
        return self._references[model, "validation"]

    def answered(self, model: type[AdminModel]) -> dict[str, Any]:
        return self._references[model, "serialization"]


def _path(area: Area, route: Route[Operation], schemas: _Schemas) -> dict[str, Any]:
    variables = [part[1:-1] for part in route.segments if part.startswith("{")]
    in_path = [{"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in variables]
    operations = {
        method.lower(): _operation(area, operation, schemas) for method, operation in sorted(route.endpoints.items())
    }
    return {**({"parameters": in_path} if in_path else {}), **operations}


def _operation(area: Area, operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    described: dict[str, Any] = {
        "tags": [area.name],
        "summary": operation.summary,
        "x-gangway-roles": ["operator", *sorted(operation.roles)],
    }
    if operation.query:
        described["parameters"] = list(_parameters(operation.query))
    if operation.body:
        described["requestBody"] = {"required": True, "content": _json(schemas.accepted(operation.body))}
    described["responses"] = {
        **_success(operation, schemas),
        "default": {
            "description": "A problem.",
            "content": {"application/problem+json": {"schema": _PROBLEM_REFERENCE}},
        },
    }
    return described


def _success(operation: Operation, schemas: _Schemas) -> dict[str, Any]:
    if operation.returns:
        return {str(operation.status): {"description": "Done.", "content": _json(schemas.answered(operation.returns))}}
    return {"204" if operation.status == 204 else "200": {"description": "Done."}}


def _parameters(query: type[AdminModel]) -> Iterator[dict[str, Any]]:
    schema = query.model_json_schema(by_alias=True, schema_generator=Documented)
    for name, member in schema.get("properties", {}).items():
        described = {key: value for key, value in member.items() if key != "description"}
        yield {
            "name": name,
            "in": "query",
            "required": name in schema.get("required", ()),
            **({"description": member["description"]} if "description" in member else {}),
            "schema": described,
        }


def _json(schema: Mapping[str, Any]) -> dict[str, Any]:
    return {"application/json": {"schema": schema}}
