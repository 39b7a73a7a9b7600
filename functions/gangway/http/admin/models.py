"""What all bodies of the admin API have in common: camelCase on the wire, and what is not known is refused."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, PlainSerializer
from pydantic.alias_generators import to_camel


class AdminModel(BaseModel):
    """Base of everything that is taken or given. A field's docstring is its description in the OpenAPI document."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        defer_build=True,  # a model that no request needs is not built
    )


def to_json(view: AdminModel) -> dict[str, Any]:
    """The wire form of a model."""
    return view.model_dump(by_alias=True, mode="json")


def _time(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


Moment = Annotated[datetime, PlainSerializer(_time, when_used="json")]
"""A point in time; on the wire in UTC with milliseconds, such as `2026-03-01T12:00:00.000Z`."""
