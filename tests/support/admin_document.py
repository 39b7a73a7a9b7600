"""The OpenAPI document that the admin API serves; `python -m tests.support.admin_document` writes it into docs."""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Any

from gangway.http.admin.openapi import document
from tests.infra.handlers import imported

DOCUMENT = Path(__file__).parents[2] / "docs" / "admin-api.json"
VARIABLES = {
    "GANGWAY_TABLE": "gangway",
    "GANGWAY_TOKEN_SECRETS": "gangway/tokens/",
    "GANGWAY_WEBHOOK_DISPATCHER": "webhook-dispatcher",
    "GANGWAY_WEBHOOK_SENDER": "webhook-sender",
    "GANGWAY_EVENT_SIGNING_KEY": "key/events",
    "POWERTOOLS_SERVICE_NAME": "admin-api",
    "POWERTOOLS_METRICS_NAMESPACE": "Gangway",
}


def served() -> dict[str, Any]:
    """The document of the areas that the handler puts together."""
    with imported("handlers.admin_api.handler", VARIABLES):
        return document(importlib.import_module("handlers.admin_api").api.areas)


if __name__ == "__main__":
    DOCUMENT.write_text(json.dumps(served(), indent=2) + "\n")
