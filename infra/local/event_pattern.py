"""Event patterns: the filter language of Lambda's event source mappings and of EventBridge rules.

A pattern is a JSON object of the event's shape; each leaf is a list of alternatives, and every leaf must match. An
operator that is not known here is an error: a filter that let everything through would hide a wrong one.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    """Whether an event passes a pattern.

    Raises:
        NotImplementedError: the pattern uses an operator that is not played here.
    """
    return all(_member(name, wanted, event) for name, wanted in pattern.items())


def _member(name: str, wanted: Any, event: Mapping[str, Any]) -> bool:
    if name == "$or":
        verdicts = [matches(alternative, event) for alternative in wanted]
        return any(verdicts)
    if isinstance(wanted, Mapping):
        below = event.get(name)
        return matches(wanted, below if isinstance(below, Mapping) else {})
    # All are evaluated, so that an unknown operator behind one that matches does not go unnoticed.
    verdicts = [_alternative(one, name in event, event.get(name)) for one in wanted]
    return any(verdicts)


def _alternative(wanted: Any, present: bool, value: Any) -> bool:
    """One alternative of a leaf; a list in the event matches if one of its members does."""
    if isinstance(wanted, Mapping):
        (operator, operand), *rest = wanted.items()
        if operator == "exists":
            return present is bool(operand)
        if rest or operator not in _OPERATORS:
            raise NotImplementedError(f"the local stack does not know the filter {dict(wanted)}")
        return present and any(_OPERATORS[operator](operand, one) for one in _listed(value))
    return present and any(_same(wanted, one) for one in _listed(value))


def _listed(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else [value]


def _same(wanted: Any, value: Any) -> bool:
    return bool(wanted == value) and isinstance(wanted, bool) == isinstance(value, bool)


def _anything_but(operand: Any, value: Any) -> bool:
    if isinstance(operand, Mapping):
        return not _alternative(operand, True, value)
    return not any(_same(one, value) for one in _listed(operand))


_OPERATORS = {
    "prefix": lambda operand, value: isinstance(value, str) and value.startswith(operand),
    "suffix": lambda operand, value: isinstance(value, str) and value.endswith(operand),
    "equals-ignore-case": lambda operand, value: isinstance(value, str) and value.lower() == operand.lower(),
    "anything-but": _anything_but,
}
