"""Handlers imported as Lambda imports them: with the variables that the program declares, and nothing left behind."""

import importlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

from gangway.storage import aws
from infra.local.made_up import REGION

type Handler = Callable[[Mapping[str, Any], Any], Any]

RUNTIME = {
    "AWS_REGION": REGION,
    "AWS_DEFAULT_REGION": REGION,
    "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
    "AWS_SECRET_ACCESS_KEY": "secret",
    "AWS_ACCOUNT_ID_ENDPOINT_MODE": "disabled",
    "AWS_LAMBDA_FUNCTION_NAME": "function",
}
"""What Lambda sets, as far as it matters here."""


@contextmanager
def imported(handler: str, variables: Mapping[str, str]) -> Iterator[Handler]:
    """A function's handler, freshly imported; other tests get theirs as if this had not been.

    Raises:
        ImportError, AttributeError: there is no such handler.
    """
    module, _, name = handler.rpartition(".")
    own = {key: value for key, value in os.environ.items() if not key.startswith(("GANGWAY_", "POWERTOOLS_", "AWS_"))}
    before = {key: sys.modules.pop(key) for key in list(sys.modules) if key.startswith("handlers.")}
    aws.forget_clients()
    try:
        with patch.dict(os.environ, {**own, **RUNTIME, **variables}, clear=True):
            yield getattr(importlib.import_module(module), name)
    finally:
        for key in [key for key in sys.modules if key.startswith("handlers.")]:
            del sys.modules[key]
        sys.modules.update(before)
        aws.forget_clients()
