"""Descriptions of fields, read out of the models' source when somebody asks for the document.

pydantic can do this by itself (`use_attribute_docstrings`), but does it while a class is made: each cold start would
read and parse the source of forty models for a document that is asked for once in a while.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import core_schema


class Documented(GenerateJsonSchema):
    """The JSON Schema of models, in which the docstring below a field is the field's description."""

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        """See `pydantic.json_schema.GenerateJsonSchema.model_schema`."""
        made, model = super().model_schema(schema), schema["cls"]
        for name, description in _described(model).items():
            field = model.model_fields[name]
            made["properties"][field.alias or name].setdefault("description", description)
        return made


def _described(model: type[BaseModel]) -> dict[str, str]:
    """The fields of a model; one that a subclass declares again has the description it is given there, or none."""
    lineage = [kind for kind in reversed(model.__mro__) if issubclass(kind, BaseModel) and kind is not BaseModel]
    described = {name: text for kind in lineage for name, text in _declared(kind)}
    return {name: text for name, text in described.items() if text}


def _declared(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    definition: Any = ast.parse(textwrap.dedent(inspect.getsource(model))).body[0]
    for statement, following in pairwise([*definition.body, ast.Pass()]):
        match statement, following:
            case ast.AnnAssign(target=ast.Name(id=name)), ast.Expr(value=ast.Constant(value=str(text))):
                yield name, inspect.cleandoc(text)
            case ast.AnnAssign(target=ast.Name(id=name)), _:
                yield name, ""
