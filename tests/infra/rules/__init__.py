"""What the declared stack must satisfy, as plain functions: a program goes in, sentences about what is wrong come out.

A rule speaks up when something is missing or other than it must be, never raises, and never changes anything.
"""

from collections.abc import Callable, Iterator

from tests.infra.program import Program
from tests.infra.rules import apis, background, callers, data, edge, everything, functions, second_region, shared, watch

type Rule = Callable[[Program], Iterator[str]]

RULES: tuple[Rule, ...] = (
    *everything.RULES,
    *data.RULES,
    *functions.RULES,
    *background.RULES,
    *apis.RULES,
    *edge.RULES,
    *callers.RULES,
    *watch.RULES,
    *second_region.RULES,
    *shared.RULES,
)


def broken(program: Program) -> list[str]:
    """What all rules say."""
    return [f"{rule.__name__}: {fault}" for rule in RULES for fault in rule(program)]


def is_broken(program: Program) -> bool:
    """Whether any rule says anything; those that import handlers or evaluate every operation are asked last."""
    return any(fault for rule in _QUICK_FIRST for fault in rule(program))


_SLOW = (functions.every_handler_exists, *callers.RULES)
_QUICK_FIRST = sorted(RULES, key=lambda rule: rule in _SLOW)
