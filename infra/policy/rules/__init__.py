"""What every stack must satisfy, whatever its settings: plain functions, which know neither Pulumi nor pytest.

A rule is given a resource, or all of them, and says in sentences what is wrong. `infra.policy.pack` asks these rules
during `pulumi preview`; the tests ask them of the recorded program, with every setting and with mistakes sown into it.
"""

from infra.policy.declared import ResourceRule, StackRule
from infra.policy.rules import access, data, doors, environment, functions, watch

RESOURCE_RULES: tuple[ResourceRule, ...] = (
    *data.RESOURCE_RULES,
    *access.RESOURCE_RULES,
    *functions.RESOURCE_RULES,
    *environment.RESOURCE_RULES,
    *doors.RESOURCE_RULES,
)
STACK_RULES: tuple[StackRule, ...] = (
    *access.STACK_RULES,
    *functions.STACK_RULES,
    *environment.STACK_RULES,
    *watch.STACK_RULES,
)
