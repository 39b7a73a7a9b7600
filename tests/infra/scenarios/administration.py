"""Operators go through the life of organizations and tokens; the vault is rotated and compacted."""

from tests.infra.watched import Deployed

DAY = 24
VERSION = "00000000-0000-4000-8000-000000000000"


def use(stack: Deployed) -> None:
    """Make every kind of change once, so that the housekeeper and the compactor have something to do."""
    organization = stack.organization("administered")
    name = organization.name
    assert stack.operate("GET", "/orgs")["organizations"]
    (token,) = stack.operate("GET", f"/orgs/{name}/tokens")["tokens"]
    organization.create("/Users", {"userName": "last"})
    assert stack.operate("GET", f"/orgs/{name}")["users"] == 1
    assert stack.operate("GET", f"/orgs/{name}/archive")["lines"]
    stack.operate("PATCH", f"/orgs/{name}", {"displayName": "Administered Inc."})
    stack.operate("POST", f"/orgs/{name}/pause")
    assert organization.send("GET", "/Users").status == 503
    stack.operate("POST", f"/orgs/{name}/resume")
    rotated = stack.operate("POST", f"/orgs/{name}/tokens/{token['keyId']}/rotate", {"overlapHours": DAY})
    for verb in ("suspend", "resume", "revoke"):
        stack.operate("POST", f"/orgs/{name}/tokens/{rotated['keyId']}/{verb}")
    assert organization.send("GET", "/Users").status == 200
    look_after_the_vault(stack)
    stack.operate("POST", f"/orgs/{name}/tokens/revoke-all")
    assert organization.send("GET", "/Users").status == 401
    stack.operate("POST", "/tokens/move")
    stack.operate("POST", f"/orgs/{name}/delete", {"users": "delete", "graceDays": 0})
    for _ in range(3):
        stack.sweep("housekeeper")


def look_after_the_vault(stack: Deployed) -> None:
    """Rotate every secret as Secrets Manager does, and compact all of them."""
    compactor = stack.functions["token-compactor"]
    for secret in stack.client("secretsmanager").list_secrets()["SecretList"]:
        for step in ("createSecret", "setSecret", "testSecret", "finishSecret"):
            event = {"Step": step, "SecretId": secret["ARN"], "ClientRequestToken": VERSION}
            compactor.invoke(event)
    compactor.invoke({"source": "aws.events"})
