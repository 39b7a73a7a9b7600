"""The rules of the policy pack, asked of the recorded program."""

import functools
from collections.abc import Callable, Iterator

from infra.policy.declared import ResourceRule
from infra.policy.rules import RESOURCE_RULES, STACK_RULES
from tests.infra.program import Program


def of_each_resource(rule: ResourceRule) -> Callable[[Program], Iterator[str]]:
    """A rule about one resource as a rule about a program."""

    @functools.wraps(rule)
    def of_each(program: Program) -> Iterator[str]:
        for resource in program.resources:
            yield from (f"{resource.name}: {fault}" for fault in rule(resource))

    return of_each


RULES: tuple[Callable[[Program], Iterator[str]], ...] = (*map(of_each_resource, RESOURCE_RULES), *STACK_RULES)
