"""Which attributes an answer carries (RFC 7644 section 3.9).

`attributes` and `excludedAttributes` are parsed before anything is read, so that what nobody will see is not fetched:
the directory asks `wants`. What is `returned=always` comes with every answer, what is `never` with none, what is
`request` only when named, or in the answer to a write that names it. Names that mean nothing are ignored, as most
servers do: clients send one list to all types.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final

from gangway.scim.errors import InvalidValue
from gangway.scim.limits import MAX_SELECTED_ATTRIBUTES
from gangway.scim.path import resolve
from gangway.scim.resource import root_attribute
from gangway.scim.schema import Attribute, ResourceType

Tree = Mapping[str, Any]
"""Names, each with the tree of names below it; an empty tree stands for everything below."""

_SPECIFIED: Final = object()
"""In place of a tree: an attribute that is returned on request, and requested."""
_NAMES: Final = re.compile(r"[A-Za-z$][A-Za-z0-9_$-]*")


@dataclass(frozen=True, slots=True)
class Selection:
    """The attributes of one answer.

    Attributes:
        resource_type: What is answered.
        is_default: Nothing was asked for or left out.
    """

    resource_type: ResourceType
    is_default: bool = True
    _named: Tree | None = None
    _excluded: Tree = field(default_factory=dict)

    @classmethod
    def parse(
        cls,
        resource_type: ResourceType,
        attributes: str | Sequence[str] | None = None,
        excluded: str | Sequence[str] | None = None,
    ) -> "Selection":
        """The selection that the two parameters describe.

        Args:
            resource_type: What will be answered.
            attributes: Names, comma-separated or in a list. Only these, and what is always returned, are answered.
            excluded: Names. Everything else that is returned by default is answered.

        Raises:
            InvalidValue: Both are given, or more names than anyone needs.
        """
        if attributes and excluded:
            raise InvalidValue("Give either attributes or excludedAttributes, not both.")
        if attributes:
            return cls(resource_type, is_default=False, _named=_tree(resource_type, attributes))
        if excluded:
            left_out = _tree(resource_type, excluded)
            return cls(resource_type, is_default=not left_out, _excluded=left_out)
        return cls(resource_type)

    def for_write(self, body: object) -> "Selection":
        """The selection for the answer to a POST, PUT or PATCH.

        What is returned on request is in it if the client specified it (RFC 7643 section 7).

        Args:
            body: Of the request: a resource, or the message of a PATCH.
        """
        on_request = _on_request(self.resource_type)
        if not on_request or self._named is not None:
            return self
        mentioned = frozenset(_mentioned(body))
        excluded = dict(self._excluded)
        for *above, name in on_request:
            if name.lower() in mentioned:
                _specify(excluded, above, name)
        return replace(self, is_default=False, _excluded=excluded)

    def wants(self, name: str) -> bool:
        """Whether any part of a top-level attribute (or extension, by its URN) belongs in the answer."""
        attribute = root_attribute(self.resource_type).sub_attributes[name.lower()]
        if attribute.returned == "always":
            return True
        if self._named is not None:
            return name in self._named
        return attribute.returned == "default" and self._excluded.get(name) != {}

    def names(self, path: str) -> bool:
        """Whether `attributes` names this very attribute or sub-attribute, such as `members.display`."""
        tree = self._named
        for name in _levels(self.resource_type, path):
            tree = tree.get(name) if tree is not None else None
        return tree is not None and tree is not self._named

    def apply(self, resource: Mapping[str, Any]) -> dict[str, Any]:
        """The part of a full resource that is answered; the resource itself is left as it is."""
        if self.is_default and resource.keys() <= _returned_whole(self.resource_type):
            return _filled(resource)
        root = root_attribute(self.resource_type)
        if self._named is not None:
            return _only(root, resource, self._named)
        return _without(root, resource, self._excluded)


def _specify(excluded: dict[str, Any], above: Sequence[str], name: str) -> None:
    """Let an attribute be returned, unless it or something that holds it is excluded."""
    for level in above:
        below = excluded.get(level)
        if below == {}:
            return
        excluded[level] = dict(below or {})
        excluded = excluded[level]
    excluded.setdefault(name, _SPECIFIED)


def _tree(resource_type: ResourceType, given: str | Sequence[str]) -> Tree:
    names = given.split(",") if isinstance(given, str) else given
    if len(names) > MAX_SELECTED_ATTRIBUTES:
        raise InvalidValue(f"At most {MAX_SELECTED_ATTRIBUTES} attributes can be named.")
    tree: dict[str, Any] = {}
    for name in names:
        levels = _levels(resource_type, name.strip())
        branch: dict[str, Any] = tree
        for depth, level in enumerate(levels, start=1):
            if branch.get(level) == {}:
                break  # all of it is named already
            if depth == len(levels):
                branch[level] = {}
            branch = branch.setdefault(level, {})
    return tree


def _levels(resource_type: ResourceType, name: str) -> tuple[str, ...]:
    """The canonical names from the top of a resource down to what `name` means; none if it means nothing."""
    extension = resource_type.extension(name)
    if extension is not None:
        return (extension.schema.id,)
    target = resolve(resource_type, name)
    if target is None:
        return ()
    below = (target.attribute.name,) if target.sub is None else (target.attribute.name, target.sub.name)
    return below if target.urn is None else (target.urn, *below)


def _only(attribute: Attribute, value: Mapping[str, Any], named: Tree) -> dict[str, Any]:
    """The named parts of an object, and those always returned."""
    kept: dict[str, Any] = {}
    for name, item in value.items():
        part = attribute.sub_attributes.get(name.lower())
        if part is None or part.returned == "never":
            continue
        below = named.get(name)
        if below:
            kept[name] = _each(item, _only, part, below)
        elif below is not None or part.returned == "always":
            kept[name] = _each(item, _without, part, {})
        elif _holds_always(part):
            kept[name] = _each(item, _only, part, {})
    return _filled(kept)


def _without(attribute: Attribute, value: Mapping[str, Any], excluded: Tree) -> dict[str, Any]:
    """The parts of an object that are returned by default, except the excluded ones."""
    kept: dict[str, Any] = {}
    for name, item in value.items():
        part = attribute.sub_attributes.get(name.lower())
        below = excluded.get(name)
        if part is None or part.returned == "never" or (part.returned == "request" and below is not _SPECIFIED):
            continue
        if below is None or below is _SPECIFIED or part.returned == "always":
            kept[name] = _each(item, _without, part, {}) if _restricted(part) else item
        elif below:
            kept[name] = _each(item, _without, part, below)
        elif _holds_always(part):
            kept[name] = _each(item, _only, part, {})
    return _filled(kept)


def _each(item: Any, keep: Callable[[Attribute, Any, Tree], Any], part: Attribute, tree: Tree) -> Any:
    if isinstance(item, list):
        return [kept for kept in (_each(element, keep, part, tree) for element in item) if kept != {}]
    return keep(part, item, tree) if isinstance(item, dict) else item


def _filled(kept: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: item for name, item in kept.items() if item or (item.__class__ is not dict and item.__class__ is not list)
    }


@lru_cache(maxsize=256)
def _returned_whole(resource_type: ResourceType) -> frozenset[str]:
    """The names at the top of a resource whose values are answered as they are, unless somebody asks otherwise.

    That is almost every resource almost always, and there is nothing to look for inside of it.
    """
    parts = root_attribute(resource_type).sub_attributes.values()
    return frozenset(part.name for part in parts if part.returned in ("always", "default") and not _restricted(part))


@lru_cache(maxsize=256)
def _on_request(resource_type: ResourceType) -> tuple[tuple[str, ...], ...]:
    """The attributes that are returned on request only, by the names that lead to each; mostly there are none."""

    def within(attribute: Attribute) -> Iterator[tuple[str, ...]]:
        for part in attribute.sub_attributes.values():
            if part.returned == "request":
                yield (part.name,)
            else:
                yield from ((part.name, *below) for below in within(part))

    return tuple(within(root_attribute(resource_type)))


def _mentioned(body: object) -> Iterator[str]:
    """Every name in a body that may be that of an attribute, in lower case: keys, and what paths consist of."""
    if isinstance(body, dict):
        for key, value in body.items():
            yield from (name.lower() for name in _NAMES.findall(key))
            if key.lower() == "path" and isinstance(value, str):
                yield from (name.lower() for name in _NAMES.findall(value))
            yield from _mentioned(value)
    elif isinstance(body, list):
        for element in body:
            yield from _mentioned(element)


@lru_cache(maxsize=4096)
def _restricted(attribute: Attribute) -> bool:
    """Whether some part of the attribute is not returned by default."""
    return any(part.returned in ("never", "request") or _restricted(part) for part in attribute.sub_attributes.values())


@lru_cache(maxsize=4096)
def _holds_always(attribute: Attribute) -> bool:
    """Whether some part of the attribute is always returned."""
    return any(part.returned == "always" for part in attribute.sub_attributes.values())
