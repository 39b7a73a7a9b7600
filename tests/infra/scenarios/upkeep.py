"""Operators check, import, export, bring back and erase."""

from tests.infra.watched import Deployed


def use(stack: Deployed) -> None:
    """Do each once, on a directory in which there is something to do."""
    organization = stack.organization("kept-up")
    at = f"/orgs/{organization.name}"
    rows = [{"line": line, "resource": {"resourceType": "User", "userName": f"user {line}"}} for line in (1, 2)]
    ada, bob = (row["id"] for row in stack.operate("POST", f"{at}/import", {"rows": rows})["rows"])
    organization.create("/Groups", {"displayName": "all", "members": [{"value": ada}, {"value": bob}]})
    assert stack.operate("GET", f"{at}/export")["lines"]
    assert stack.operate("GET", f"{at}/users")["totalResults"] == 2
    assert organization.send("DELETE", f"/Users/{ada}").status == 204
    assert stack.operate("POST", f"{at}/users/{ada}/undelete")["id"] == ada
    assert stack.operate("POST", f"{at}/users/{bob}/erase")["items"]
    report = stack.operate("POST", f"{at}/fsck", {"repair": True})
    while report["nextCursor"]:
        report = stack.operate("POST", f"{at}/fsck", {"cursor": report["nextCursor"], "repair": True})
        assert report["findings"] == []
