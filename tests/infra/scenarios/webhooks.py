"""An application hears of changes by webhooks that fail, reads them, and has them told again."""

from datetime import UTC, datetime

from gangway.storage.due_calls import DueCallTable
from tests.infra.watched import Deployed


def use(stack: Deployed) -> None:
    """Add an endpoint, change a directory, and do everything that operators can do with what follows."""
    organization = stack.organization("webhooks")
    base = f"/orgs/{organization.name}/webhooks"
    endpoint = stack.operate("POST", base, {"url": "https://hooks.invalid/in", "form": "set"})
    user = organization.create("/Users", {"userName": "heard@example.com"})
    organization.create("/Groups", {"displayName": "Heard", "members": [{"value": user["id"]}]})
    stack.ring("change-relay", "outbox")
    stack.play_events()
    stack.sweep("change-relay")
    organization_id = stack.operate("GET", f"/orgs/{organization.name}")["id"]
    # its next attempt is five minutes off
    calls = DueCallTable(stack.client("dynamodb"), stack.recording.outputs["tableName"])
    calls.set(organization_id, endpoint["id"], datetime.now(UTC))
    stack.sweep("webhook-dispatcher")
    stack.play_events()
    one = f"{base}/{endpoint['id']}"
    stack.operate("GET", base)
    stack.operate("PATCH", one, {"description": "new"})
    for action in ("test", "rotate-secret", "disable", "enable", "redrive", "snapshot"):
        stack.operate("POST", f"{one}/{action}", {})
    stack.operate("POST", f"{one}/replay", {"first": 1})
    for found in ("deliveries", "dead-letters"):
        stack.operate("GET", f"{one}/{found}")
    stack.play_events()
    for found in ("events", "snapshot", "event-keys", "requests/unknown/events"):
        stack.operate("GET", f"/orgs/{organization.name}/{found}")
    stack.operate("DELETE", one)
