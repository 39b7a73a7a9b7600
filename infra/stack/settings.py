"""What a deployer may choose, read and checked before anything is registered.

A mistake that AWS would report after ten minutes of `pulumi up`, or never, is reported here in a sentence that names
the setting, what was given and what would do. `Pulumi.yaml` declares the same settings for `pulumi config` and for
editors; a test holds the two together.
"""

from __future__ import annotations

import difflib
import json
from typing import TYPE_CHECKING, Annotated, Literal, Self

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic_core import ErrorDetails

LOG_RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""What CloudWatch Logs accepts up to two years. Logs of people's data have no business being kept longer."""


class SettingsError(pulumi.RunError):
    """A setting cannot be used; Pulumi prints the message without a traceback."""


class Settings(BaseModel):
    """The settings of a stack: attributes in Python's spelling, configuration keys in Pulumi's (`tokenShards`)."""

    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel)

    deletion_protection: bool = Field(
        default=False,
        description="Refuse to delete the table, the token secrets and the encryption key until this is false again.",
    )
    token_shards: int = Field(
        default=16,
        ge=1,
        le=100,
        description="Number of secrets that hold token hashes, for up to 80 organizations each. "
        "Tokens are found by this number: do not change it once there are some.",
    )
    token_prefix: str = Field(
        default="gangway",
        pattern=r"^[a-z]{2,16}$",
        description="Word in front of every token, for people and secret scanners: 2 to 16 lower-case letters.",
    )
    public_url: str = Field(
        default="",
        pattern=r"^(https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?)?$",
        description="URL that identity providers use when it is not API Gateway's own, without a trailing slash, "
        "for example https://scim.example.com.",
    )
    rate_limit: int = Field(default=50, ge=1, description="SCIM requests a second that one organization may make.")
    event_retention_days: int = Field(
        default=90, ge=1, le=3650, description="Days for which past changes can be read and replayed."
    )
    log_retention_days: int = Field(default=30, description="Days for which CloudWatch keeps the functions' logs.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="Least severity that functions log: DEBUG, INFO, WARNING or ERROR."
    )
    function_memory: int = Field(
        default=1024,
        ge=256,
        le=10240,
        description="Memory of each Lambda function in MB; its share of a processor grows with it.",
    )
    extensions: tuple[str, ...] = Field(
        default=(),
        description="Schema extensions to add, each [ResourceType=]FILE; "
        "without a type, the resource type that the schema's URN ends with.",
    )
    tags: tuple[Annotated[str, Field(pattern=r"^[^=]{1,128}=.{0,256}$")], ...] = Field(
        default=(), description="Tags for every resource beside project and stack, each key=value."
    )
    code_archive: str = Field(
        default="",
        description="Bundle to deploy, a zip archive or a folder, instead of building one from this checkout.",
    )

    @model_validator(mode="after")
    def _check(self) -> Self:
        if self.log_retention_days not in LOG_RETENTION_DAYS:
            nearest = min(LOG_RETENTION_DAYS, key=lambda days: abs(days - self.log_retention_days))
            raise ValueError(
                f"logRetentionDays: CloudWatch keeps logs for certain numbers of days only; the nearest is {nearest}"
            )
        if self.code_archive and self.extensions:
            raise ValueError(
                "extensions: they are put into the bundle when it is built, and codeArchive names one that is built"
            )
        return self

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
        lists = {cls.key(name) for name in ("extensions", "tags")}
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

    @property
    def tag_map(self) -> dict[str, str]:
        """The tags as AWS takes them."""
        return dict(tag.split("=", 1) for tag in self.tags)


def _items(key: str, text: str) -> list[str]:
    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, list):
        raise SettingsError(f"{key}: is a list; set it with `pulumi config set --path '{key}[0]' VALUE`")
    return items
