"""Reading a stack's configuration: Pulumi's text in, checked values out, and a sentence for every mistake.

A mistake that AWS would report after ten minutes of `pulumi up`, or never, is reported here in a sentence that names
the setting, what was given and what would do.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Any, Self, get_origin

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import BaseModel, ConfigDict, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from infra.stack.presets import FROM_PRESET, PRESETS, TRIAL

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails


class SettingsError(pulumi.RunError):
    """A setting cannot be used; Pulumi prints the message without a traceback."""


class Configuration(BaseModel):
    """Base of the settings: attributes in Python's spelling, configuration keys in Pulumi's (`tokenShards`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)

    @model_validator(mode="before")
    @classmethod
    def _fill_in_preset(cls, given: dict[str, Any]) -> dict[str, Any]:
        """Give what is left to the preset its value there. An unknown preset is the model's to refuse."""
        preset = PRESETS.get(given.get("preset", TRIAL), PRESETS[TRIAL])
        left = {key: value for key, value in preset.items() if given.get(key, FROM_PRESET) == FROM_PRESET}
        return {**given, **left}

    @classmethod
    def read(cls) -> Self:
        """Read the configuration of the stack that is being deployed.

        Raises:
            SettingsError: as from_config.
        """
        project = pulumi.get_project()
        given = {**pulumi_config.get_config_env(), **pulumi_config.CONFIG.get()}
        own = {key.split(":", 1)[1]: value for key, value in given.items() if key.startswith(f"{project}:")}
        return cls.from_config(own)

    @classmethod
    def from_config(cls, values: Mapping[str, str]) -> Self:
        """Check configuration values as Pulumi hands them over: text, JSON text where a setting is a list.

        Raises:
            SettingsError: naming every setting that is unknown or wrong, and what would be right.
        """
        lists = {cls.key(name) for name, field in cls.model_fields.items() if get_origin(field.annotation) is tuple}
        try:
            return cls.model_validate({k: _items(k, v) if k in lists else v for k, v in values.items()})
        except ValidationError as error:
            faults = [cls._explain(fault) for fault in error.errors()]
            raise SettingsError("the stack is not configured right:\n  " + "\n  ".join(faults)) from None

    @classmethod
    def key(cls, attribute: str) -> str:
        """The configuration key of an attribute."""
        return cls.model_fields[attribute].alias or attribute

    @classmethod
    def _explain(cls, fault: ErrorDetails) -> str:
        if not fault["loc"]:
            return fault["msg"].removeprefix("Value error, ")
        key = str(fault["loc"][0])
        fields = {cls.key(name): field for name, field in cls.model_fields.items()}
        if key not in fields:
            near = difflib.get_close_matches(key, fields, 1)
            hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(sorted(fields))}"
            return f"{key}: there is no such setting; {hint}"
        return f"{key}: {fault['input']!r} will not do. {fields[key].description}"


def _items(key: str, text: str) -> list[str]:
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, list):
        raise SettingsError(f"{key}: is a list; set it with `pulumi config set --path '{key}[0]' VALUE`")
    return items
