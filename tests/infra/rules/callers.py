"""Who may call the admin API, decided by the declared policies as AWS would decide."""

from collections.abc import Iterator

from infra.stack.callers import ADMIN_DOCUMENT, operations
from infra.stack.iam_evaluation import Decision, Request, evaluate
from tests.infra.program import Program
from tests.infra.rules.compare import differences

ROLES = ("operator", "support", "application")


def callers_may_call_what_is_for_them_and_nothing_else(program: Program) -> Iterator[str]:
    """Paths with an organization that the application may look into, and with another one."""
    named = program.settings.application_organizations
    policies = {policy.name.removeprefix("callers-"): policy for policy in program.all("iam:Policy")}
    api = next((api for api in program.all("RestApi") if api.name == "admin-api"), None)
    for role in ROLES:
        document = policies[role].inputs.get("policy", {}) if role in policies else {}
        if not api or document.get("Version") != "2012-10-17" or not _complete(document):
            yield f"{role} has no complete policy"
            continue
        for operation in operations():
            for organization in (*named, "another") if role == "application" else ("acme",):
                path = operation.path.replace("{org}", organization).replace("{", "").replace("}", "")
                resource = f"{api.outputs['executionArn']}/live/{operation.method}{path}"
                allowed = evaluate([document], Request("execute-api:Invoke", resource)) is Decision.ALLOWED
                inside = "{org}" not in operation.path or not named or organization in named or role != "application"
                if allowed != (role in operation.roles and inside):
                    yield f"{role} {'may' if allowed else 'may not'} {operation.method} {path}"


def _complete(document: dict[str, object]) -> bool:
    statements = document.get("Statement")
    if not isinstance(statements, list):
        return False
    return bool(statements) and all(
        {"Sid", "Effect", "Action", "Resource"} <= set(s) and s["Action"] for s in statements
    )


def the_outputs_name_the_policies(program: Program) -> Iterator[str]:
    expected = {f"{policy.name.removeprefix('callers-')}PolicyArn": policy.arn for policy in program.all("iam:Policy")}
    yield from differences("the outputs", program.outputs, expected)
    if not ADMIN_DOCUMENT.exists():
        yield "there is no document of the admin API"


RULES = (callers_may_call_what_is_for_them_and_nothing_else, the_outputs_name_the_policies)
