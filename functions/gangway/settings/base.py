"""What each function is told by its environment, checked once at cold start: what all functions have in common.

A function that starts with a missing or misspelt variable would answer some requests and fail others, so every
variable is declared in this package, one model per function, and an unknown `GANGWAY_*` name is refused like a missing
one. Nothing else reads the environment. The models of the two APIs have modules of their own, since making a model
takes time, and somebody waits for these two to start.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, Json, ValidationError

from gangway.scim.schema import ExtensionFile

if TYPE_CHECKING:
    from collections.abc import Mapping

VARIABLE_PREFIX = "GANGWAY_"
EXTENSIONS_DIRECTORY = Path(__file__).resolve().parents[2] / "extensions"
"""Extension schemas of the deployer, beside the packages in the bundle; need not exist."""

# powertools reads these by itself; without them every request would fail at its end, when its metrics are written.
_NEEDED_BY_POWERTOOLS = ("POWERTOOLS_SERVICE_NAME", "POWERTOOLS_METRICS_NAMESPACE")
# powertools would log whole events, and with them bearer tokens.
_REFUSED = "POWERTOOLS_LOGGER_LOG_EVENT"

NonEmpty = Annotated[str, Field(min_length=1)]


Networks = Annotated[Json[tuple[NonEmpty, ...]] | tuple[()], Field()]
"""Networks in CIDR notation, as a JSON array, that webhooks may go to beside the public ones; none in production."""

OrganizationIds = Annotated[Json[tuple[NonEmpty, ...]] | tuple[()], Field()]
"""Ids of organizations, as a JSON array."""


class SettingsError(Exception):
    """The environment does not say what the function needs; the message names the variables, never their values."""


def extension_files(directory: Path = EXTENSIONS_DIRECTORY) -> list[ExtensionFile]:
    """The deployer's extensions, `<resource type>/<file>.json`; `_` stands for the type that ends the URN."""
    return [
        ExtensionFile(
            resource_type=None if path.parent.name == "_" else path.parent.name,
            name=path.name,
            document=json.loads(path.read_text(encoding="utf-8")),
        )
        for path in sorted(directory.glob("*/*.json"))
    ]


class FunctionSettings(BaseModel):
    """Base of the settings of one Lambda function. A validator is built when first used, and each function uses one."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    @classmethod
    def from_environment(cls, environment: Mapping[str, str] = os.environ) -> Self:
        """Read and check the variables of this function.

        Raises:
            SettingsError: a variable is missing, unknown or wrong, or asks for whole events to be logged.
        """
        missing = [name for name in _NEEDED_BY_POWERTOOLS if not environment.get(name)]
        if missing:
            raise SettingsError(f"{', '.join(missing)} must be set")
        if environment.get(_REFUSED, "").lower() in ("1", "true", "t", "y", "yes", "on"):
            raise SettingsError(f"{_REFUSED} must not be on: it writes bearer tokens to the log")
        given = {
            name.removeprefix(VARIABLE_PREFIX).lower(): value
            for name, value in environment.items()
            if name.startswith(VARIABLE_PREFIX) and value
        }
        try:
            return cls.model_validate(given)
        except ValidationError as error:
            faults = (f"{VARIABLE_PREFIX}{str(e['loc'][0]).upper()}: {e['msg']}" for e in error.errors())
            raise SettingsError("; ".join(faults)) from None


class TokenVaultSettings(FunctionSettings):
    """Where token hashes live, and how tokens look."""

    token_secrets: NonEmpty
    """Prefix of the secrets' names, for example `gangway-prod/tokens/`."""
    token_shards: Annotated[int, Field(ge=1, le=256)] = 16
    token_prefix: Annotated[str, Field(pattern=r"^[a-z]{2,16}$")] = "gangway"  # noqa: S105 - public: what scanners look for
