"""What one change did to a resource, as two fragments of it: the attributes before, and the attributes after.

A change event must be small (an application reads thousands), exact (folding all events must give the directory) and
usable without knowing SCIM's merge rules. So a fragment holds each attribute that differs *whole*: a receiver sets or
drops attributes and never merges inside one. Only the object of a schema extension is opened one level, because its
members are attributes in their own right. An attribute named in ``before`` but not in ``after`` is gone.

`apply` undoes `difference`: ``apply(a, *difference(a, b)) == b`` for all resources, which a property test holds to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Fragment = dict[str, Any]
"""Part of a SCIM resource as plain JSON: attribute name to value."""


def difference(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Fragment, Fragment]:
    """Cut two states of one resource down to the attributes that differ."""
    old: Fragment = {}
    new: Fragment = {}
    for name in before.keys() | after.keys():
        was, is_now = before.get(name), after.get(name)
        if name in before and name in after:
            if was == is_now:
                continue
            if _is_extension(name) and isinstance(was, Mapping) and isinstance(is_now, Mapping):
                old[name], new[name] = difference(was, is_now)
                continue
        if name in before:
            old[name] = was
        if name in after:
            new[name] = is_now
    return _ordered(old, before), _ordered(new, after)


def apply(resource: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]) -> Fragment:
    """Bring a resource from the state before a change to the state after it.

    Repeating it changes nothing, so an event that arrives twice does no harm.
    """
    result = dict(resource)
    for name in before.keys() - after.keys():
        result.pop(name, None)
    for name, value in after.items():
        current, was = result.get(name), before.get(name)
        if (
            _is_extension(name)
            and isinstance(current, Mapping)
            and isinstance(was, Mapping)
            and isinstance(value, Mapping)
        ):
            result[name] = apply(current, was, value)
        else:
            result[name] = value
    return result


def changed_paths(before: Mapping[str, Any], after: Mapping[str, Any], prefix: str = "") -> tuple[str, ...]:
    """Name what differs between two fragments in PATCH path syntax (RFC 9967 section 2.2).

    Sub-attributes of a complex attribute are named (``name.familyName``), attributes of an extension carry its URN;
    a multi-valued attribute is named as a whole. Names only: values may be personal data, and these paths go to places
    where values do not.
    """
    paths: list[str] = []
    for name in sorted(before.keys() | after.keys()):
        was, is_now = before.get(name), after.get(name)
        path = prefix + name
        if _is_extension(name) and not prefix:
            paths.extend(changed_paths(_object(was), _object(is_now), path + ":") or (path,))
        elif isinstance(was, Mapping) and isinstance(is_now, Mapping):
            paths.extend(
                f"{path}.{sub}" for sub in sorted(was.keys() | is_now.keys()) if was.get(sub) != is_now.get(sub)
            )
        else:
            paths.append(path)
    return tuple(paths)


def _is_extension(name: str) -> bool:
    return name.lower().startswith("urn:")


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _ordered(fragment: Fragment, like: Mapping[str, Any]) -> Fragment:
    return {name: fragment[name] for name in like if name in fragment}
