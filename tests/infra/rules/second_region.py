"""A second region: what is copied there, and that of two stacks with one table only one does anything."""

from collections.abc import Iterator

from tests.infra.program import Program
from tests.infra.rules.compare import differences
from tests.infra.rules.data import key


def the_copy_of_the_table_is_encrypted_recoverable_and_protected(program: Program) -> Iterator[str]:
    settings = program.settings
    if not settings.second_region:
        return
    copy = program.one("TableReplica")
    expected = {
        "region": settings.second_region,
        "globalTableArn": program.one("Table").outputs.get("arn"),
        "kmsKeyArn": key(program, "second-region").arn,
        "pointInTimeRecovery": True,
        "deletionProtectionEnabled": settings.deletion_protection,
    }
    yield from differences(copy.name, copy.inputs, expected)


def every_token_secret_has_a_copy(program: Program) -> Iterator[str]:
    region = program.settings.second_region
    copies = [{"region": region, "kmsKeyId": key(program, "second-region").arn}] if region else None
    for secret in program.all("Secret"):
        if secret.inputs.get("replicas") != copies:
            yield f"{secret.name} has the copies {secret.inputs.get('replicas')}, not {copies}"


def what_is_kept_is_made_by_the_first_stack_only(program: Program) -> Iterator[str]:
    if program.settings.primary_stack:
        for kind in ("Table", "TableReplica", "Secret", "SecretRotation"):
            for resource in program.all(kind):
                yield f"{resource.name} is made by a second stack"


def a_stack_that_stands_by_does_nothing(program: Program) -> Iterator[str]:
    """No function can run, no stream or schedule would call one; all of it by the one setting."""
    if not program.settings.stands_by:
        return
    for function in program.all("lambda:Function"):
        yield from differences(function.name, function.inputs, {"reservedConcurrentExecutions": 0})
    for mapping in program.all("EventSourceMapping"):
        yield from differences(mapping.name, mapping.inputs, {"enabled": False})
    for rule in program.all("EventRule"):
        yield from differences(rule.name, rule.inputs, {"state": "DISABLED"})
    for rotation in program.all("SecretRotation"):
        yield f"{rotation.name} would call a function that cannot run"


RULES = (
    the_copy_of_the_table_is_encrypted_recoverable_and_protected,
    every_token_secret_has_a_copy,
    what_is_kept_is_made_by_the_first_stack_only,
    a_stack_that_stands_by_does_nothing,
)
