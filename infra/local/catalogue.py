"""Which properties each AWS resource type has, read from the pulumi-aws SDK itself.

Importing all of pulumi-aws takes many seconds, so the class of a type token is looked up in the table the SDK keeps for
rehydrating resources, and only its own module is imported.
"""

from __future__ import annotations

import functools
import importlib
import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pulumi_aws
from pulumi._types import resource_types

if TYPE_CHECKING:
    from collections.abc import Mapping


@functools.cache
def properties(type_token: str) -> Mapping[str, type]:
    """The properties of a resource type in Pulumi's spelling, with their Python types; empty for other providers."""
    place = _classes().get(type_token)
    if place is None:
        return {}
    module, class_name = place
    return resource_types(getattr(importlib.import_module(module), class_name))


@functools.cache
def _classes() -> Mapping[str, tuple[str, str]]:
    source = Path(pulumi_aws.__file__).read_text(encoding="utf-8")
    match = re.search(r'resource_modules="""\n(\[.*?\n\])\n"""', source, re.DOTALL)
    if match is None:
        raise LookupError("pulumi_aws no longer lists its resource classes; the recorder must learn the new place")
    return {
        token: (module["fqn"], class_name)
        for module in json.loads(match.group(1))
        for token, class_name in module["classes"].items()
    }
