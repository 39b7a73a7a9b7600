"""The shape of what a client sent: names, types and sizes, never values.

"It sent `active` as a text of five characters" explains a refusal as well as the value would, and may be kept and
shown to anybody. What is a word of the protocol and not of a person is kept as it is: the names of attributes, schema
URNs, the kind of an operation, numbers of pages, and filters and PATCH paths with `?` in place of every value.

A shape is plain JSON. An object becomes an object of shapes; a list becomes its length followed by the different shapes
of its elements; anything else becomes a word: `text(17)`, `number`, `boolean`, `null`. It is bounded whatever came.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

from gangway.scim.dialect import Dialect
from gangway.scim.errors import ScimError
from gangway.scim.filter import parse_filter
from gangway.scim.path import ATTRIBUTE_PATH

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

MAX_DEPTH: Final = 6
MAX_NAMES: Final = 40
"""Members of one object that are told; a user has about as many."""
MAX_ELEMENTS: Final = 3
"""Different shapes of elements of one list that are told."""
_LONGEST_PATH: Final = 512
_LOOKED_AT: Final = 100
"""Elements of a list that are looked at."""

_NAME: Final = re.compile(r"[A-Za-z$][A-Za-z0-9$._:\-]{0,127}", re.ASCII)
_URN: Final = re.compile(r"urn:[A-Za-z0-9._:\-]{1,120}", re.ASCII | re.IGNORECASE)
_ENDPOINT: Final = re.compile(r"/(Users|Groups)(?![A-Za-z0-9])", re.ASCII)
_NUMBER: Final = re.compile(r"-?[0-9]{1,9}", re.ASCII)
_WORDS: Final = {
    "op": frozenset({"add", "remove", "replace"}),
    "method": frozenset({"get", "post", "put", "patch", "delete"}),
    "sortorder": frozenset({"ascending", "descending"}),
}
"""Members whose values are words of the protocol."""
_PATHS: Final = frozenset({"attributes", "excludedattributes", "sortby"})
_NUMBERS: Final = frozenset({"startindex", "count"})


def body_shape(value: object, depth: int = 0) -> Any:
    """The shape of a JSON value."""
    if isinstance(value, dict):
        return _object(value, depth) if depth < MAX_DEPTH else "object"
    if isinstance(value, list):
        return _list(value, depth) if depth < MAX_DEPTH else f"list({len(value)})"
    return _scalar(value)


def query_shape(query: Mapping[str, Sequence[str]]) -> dict[str, str]:
    """The shape of the parameters of a query, given decoded."""
    return {_name(name): _parameter(name.lower(), values[0]) for name, values in list(query.items())[:MAX_NAMES]}


def path_shape(segments: Iterable[str] | None, literals: Iterable[str]) -> str:
    """A path below a door that no route matches: the words of the routes as they are, anything else as `?`."""
    known = set(literals)
    return "/" + "/".join(segment if segment in known else "?" for segment in list(segments or ("?",))[:8])


def _object(members: Mapping[str, Any], depth: int) -> dict[str, Any]:
    shape = {_name(name): _member(name.lower(), value, depth) for name, value in list(members.items())[:MAX_NAMES]}
    if len(members) > MAX_NAMES:
        shape["…"] = f"{len(members) - MAX_NAMES} more"
    return shape


def _member(name: str, value: object, depth: int) -> Any:
    if isinstance(value, str):
        if name == "path":
            return _path(value)
        if value.lower() in _WORDS.get(name, ()):
            return value
    if name == "schemas" and isinstance(value, list):
        return [item if isinstance(item, str) and _URN.fullmatch(item) else _scalar(item) for item in value[:10]]
    return body_shape(value, depth + 1)


def _list(values: Sequence[object], depth: int) -> list[Any]:
    shapes: list[Any] = []
    for value in values[:_LOOKED_AT]:
        shape = body_shape(value, depth + 1)
        if shape not in shapes and len(shapes) < MAX_ELEMENTS:
            shapes.append(shape)
    return [len(values), *shapes]


def _scalar(value: object) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, str):
        return f"text({len(value)})"
    return "number" if isinstance(value, int | float) else "object" if isinstance(value, dict) else "list"


def _name(name: str) -> str:
    return name if _NAME.fullmatch(name) else _path(name)


def _parameter(name: str, value: str) -> str:
    if name == "filter":
        return _filter(value)
    if name in _NUMBERS and _NUMBER.fullmatch(value):
        return value
    if value.lower() in _WORDS.get(name, ()):
        return value
    if name in _PATHS and all(_is_attribute(each.strip()) for each in value.split(",")):
        return value
    return _scalar(value)


def _filter(text: str) -> str:
    try:
        return parse_filter(text, Dialect()).shape()[:1024]
    except ScimError:
        return f"{_scalar(text)}, not a filter"


def _path(text: str) -> str:
    """A PATCH path, a key that is one, or the path of a bulk operation."""
    endpoint = _ENDPOINT.match(text)
    if endpoint:
        return endpoint[0] + ("/?" if text != endpoint[0] else "")
    if _is_attribute(text):
        return text
    name, bracket, rest = text.partition("[")
    condition, _, sub = rest.rpartition("]")
    if not bracket or not _is_attribute(name):
        return _scalar(text)
    return f"{name}[{_filter(condition)}]{sub if _is_attribute(sub[1:]) else ''}"


def _is_attribute(text: str) -> bool:
    return len(text) <= _LONGEST_PATH and "@" not in text and ATTRIBUTE_PATH.fullmatch(text) is not None
