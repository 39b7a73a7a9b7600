"""The PATCH message: which operations it holds, and whether each has the members its kind needs."""

from collections.abc import Mapping
from typing import Any, Final, Literal, NamedTuple

from gangway.scim.dialect import OPERATION_CASE, REMOVE_WITH_VALUE, Dialect
from gangway.scim.errors import InvalidPath, InvalidSyntax, InvalidValue, NoTarget, ScimError
from gangway.scim.limits import MAX_PATCH_OPERATIONS
from gangway.scim.messages.envelope import by_lower_name, read_message

PATCH_OP: Final = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

Kind = Literal["add", "remove", "replace"]
_KINDS: Final[Mapping[str, Kind]] = {"add": "add", "remove": "remove", "replace": "replace"}


class Operation(NamedTuple):
    """One operation; `path` None means the whole resource, `value` None the unassigned state."""

    kind: Kind
    path: str | None = None
    value: Any = None


def parse_patch(body: object, dialect: Dialect) -> tuple[Operation, ...]:
    """The operations of a PATCH message.

    Raises:
        InvalidSyntax: Not a PatchOp message.
        InvalidValue: An operation lacks its value, or has one it must not have.
        InvalidPath: A path is no text.
        NoTarget: A `remove` has no path.
    """
    members = read_message(body, PATCH_OP, dialect)
    operations = members.get("operations")
    if not isinstance(operations, list) or not operations:
        raise InvalidSyntax("Operations must be a list with at least one operation.")
    if len(operations) > MAX_PATCH_OPERATIONS:
        raise InvalidValue(f"A PATCH may have at most {MAX_PATCH_OPERATIONS} operations.")
    parsed: list[Operation] = []
    for number, operation in enumerate(operations, start=1):
        try:
            parsed.append(_operation(operation, dialect))
        except ScimError as error:
            raise located(error, number, len(operations)) from None
    return tuple(parsed)


def located(error: ScimError, number: int, total: int) -> ScimError:
    """The error, saying which of several operations it is about."""
    if total > 1:
        error.detail = f"Operation {number}: {error.detail}"
    return error


def _operation(value: object, dialect: Dialect) -> Operation:
    members = by_lower_name(value, "An operation")
    kind, path, content = _kind(members.get("op"), dialect), members.get("path"), members.get("value")
    if path is not None and not isinstance(path, str):
        raise InvalidPath("path must be a text.")
    if kind == "remove":
        if path is None:
            raise NoTarget("remove needs a path that says what to remove.")
        if content is not None and not dialect.allows(REMOVE_WITH_VALUE):
            raise InvalidValue("remove takes no value; a filter in its path says which values to remove.")
    elif "value" not in members or (kind == "add" and content is None):
        raise InvalidValue(f"{kind} needs a value.")
    return Operation(kind, path, content)


def _kind(op: object, dialect: Dialect) -> Kind:
    if isinstance(op, str):
        if op in _KINDS:
            return _KINDS[op]
        if op.lower() in _KINDS and dialect.allows(OPERATION_CASE):
            return _KINDS[op.lower()]
    raise InvalidSyntax("op must be add, remove or replace.")
