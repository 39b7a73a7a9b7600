"""The operations of a PATCH, carried out on a document (RFC 7644 section 3.5.2).

The document given is never touched: objects and lists are copied where they change, and only there, so that a refusal
half-way leaves nothing behind and a change costs what it changes.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any, NamedTuple

from gangway.scim.dialect import PATH_KEYS, Dialect
from gangway.scim.errors import InvalidFilter, InvalidPath, InvalidSyntax, InvalidValue, Mutability, ScimError
from gangway.scim.filter.binding import Binder
from gangway.scim.filter.syntax import size
from gangway.scim.limits import MAX_PATCH_OPERATIONS, MAX_PATCH_VISITS
from gangway.scim.multivalued import says_nothing
from gangway.scim.objects import ObjectReader, assigned, names_itself
from gangway.scim.patch import lists
from gangway.scim.patch.identified import DetachedOperation, carry_out, reduce_operation
from gangway.scim.patch.merging import check_immutable, merge
from gangway.scim.patch.operations import Kind, Operation, located
from gangway.scim.patch.place import Place, find
from gangway.scim.path import Target
from gangway.scim.resource import check_required, in_step, root_attribute
from gangway.scim.schema import Attribute, ResourceType


class PatchResult(NamedTuple):
    """What a PATCH leaves behind.

    Attributes:
        document: The document after all operations.
        changed: Whether it differs from the one before.
        detached: By attribute, the operations on values kept outside of the document, in order.
    """

    document: dict[str, Any]
    changed: bool
    detached: Mapping[str, tuple[DetachedOperation, ...]]


def apply_patch(
    document: Mapping[str, Any],
    operations: Sequence[Operation],
    resource_type: ResourceType,
    dialect: Dialect,
    *,
    detached: Collection[str] = (),
    resource_id: str | None = None,
) -> PatchResult:
    """Carry out all operations in order, or none.

    Args:
        document: As `resource.prepare` made it; stays as it is.
        operations: From `parse_patch`.
        resource_type: What the document is.
        dialect: What it allows beyond the RFCs.
        detached: Attributes whose values are kept outside of the document, such as `members`.
        resource_id: The resource's id, so that a value that names another one is noticed.

    Raises:
        InvalidPath, InvalidFilter, NoTarget, InvalidValue, InvalidSyntax, Mutability: An operation cannot be done.
    """
    patch = _Patch(document, resource_type, dialect, detached, resource_id)
    for number, operation in enumerate(operations, start=1):
        try:
            patch.carry_out(operation)
        except ScimError as error:
            raise located(error, number, len(operations)) from None
    return patch.result(document)


class _Patch:
    """A document on its way through the operations."""

    def __init__(
        self,
        document: Mapping[str, Any],
        resource_type: ResourceType,
        dialect: Dialect,
        detached: Collection[str],
        resource_id: str | None,
    ) -> None:
        self._document = dict(document)
        self._resource_type = resource_type
        self._root = root_attribute(resource_type)
        self._dialect = dialect
        self._reader = ObjectReader(dialect, patching=True)
        self._new_reader = ObjectReader(dialect, patching=True, creating=True)
        self._detached: dict[str, list[DetachedOperation]] = {name: [] for name in detached}
        self._resource_id = resource_id
        self._lists: dict[Attribute, Target] = {}
        self._indexes: dict[Attribute, tuple[list[Any], dict[object, int]]] = {}
        self._visits = 0
        self._members_seen = 0

    def result(self, before: Mapping[str, Any]) -> PatchResult:
        """The document, checked and with `schemas` in step.

        Only now values are dropped that hold nothing but labels: a later operation may have filled them.
        """
        for target in self._lists.values():
            values = self._holder(target).get(target.attribute.name) or []
            self._store(target, [value for value in values if not says_nothing(value)] or None)
        document = {name: value for name, value in self._document.items() if value != {}}
        check_required(self._root, document)
        after = in_step(document, self._resource_type)
        if set(after["schemas"]) != set(document.get("schemas", ())):
            document = after
        detached = {name: tuple(operations) for name, operations in self._detached.items() if operations}
        return PatchResult(document, document != before, detached)

    def carry_out(self, operation: Operation) -> None:
        """Apply one operation."""
        if operation.path is None:
            self._members(self._root, None, operation.kind, operation.value)
            return
        extension = self._resource_type.extension(operation.path)
        if extension is not None:
            part = self._root.sub_attributes[extension.schema.id.lower()]
            self._extension(part, operation.kind, operation.value)
        else:
            self._at(find(self._resource_type, operation.path, self._dialect), operation.kind, operation.value)

    def _members(self, holder: Attribute, urn: str | None, kind: Kind, members: Any) -> None:
        """Apply an operation without path, member by member of its value."""
        if not isinstance(members, dict):
            where = "without a path" if urn is None else f"on {urn}"
            raise InvalidValue(f"The value of an operation {where} must be an object with the attributes to change.")
        self._members_seen += len(members)
        if self._members_seen > MAX_PATCH_OPERATIONS:
            raise InvalidValue(f"A PATCH may change at most {MAX_PATCH_OPERATIONS} attributes.")
        seen: set[str] = set()
        for key, value in members.items():
            part = holder.sub_attributes.get(key.lower())
            if part is None:
                if not names_itself(holder, key, value):
                    self._path_key(key, urn, kind, value)
                continue
            if part.name in seen:
                raise InvalidSyntax(f"{part.name} is given twice; names must differ by more than their case.")
            seen.add(part.name)
            if part.name.startswith("urn:"):
                self._extension(part, kind, value)
            elif part.read_only:
                self._read_only(part, value)
            elif value is not None or kind == "replace":
                self._at(Place(Target(urn, part)), kind, value)

    def _path_key(self, key: str, urn: str | None, kind: Kind, value: Any) -> None:
        """A member that is no attribute: a path, from a client known to write them there, or unknown."""
        prefix = "" if urn is None else f"{urn}:"
        try:
            place = find(self._resource_type, prefix + key, self._dialect)
        except (InvalidPath, InvalidFilter):
            place = None
        if place is not None and self._dialect.allows(PATH_KEYS):
            self._at(place, kind, value)
        else:
            self._reader.unknown(key, prefix)

    def _read_only(self, attribute: Attribute, value: Any) -> None:
        if attribute.name == "schemas":
            return
        if attribute.name == "id" and self._resource_id is not None and value != self._resource_id:
            raise Mutability("id is read-only, and the given one is another resource's.")
        self._reader.read_only(attribute, "")

    def _extension(self, part: Attribute, kind: Kind, value: Any) -> None:
        """An extension named as a whole: a namespace, whose attributes are changed one by one."""
        if kind != "remove" and value is not None:
            self._members(part, part.name, kind, value)
        elif kind != "add":
            if part.required:
                raise Mutability(f"{part.name} is required and cannot be removed.")
            for name, old in self._document.get(part.name, {}).items():
                attribute = part.sub_attributes[name.lower()]
                if not attribute.read_only:
                    check_immutable(attribute, old, None, f"{part.name}:")
                    self._store(Target(part.name, attribute), None)

    def _at(self, place: Place, kind: Kind, value: Any) -> None:
        """Apply an operation to one attribute or a part of it."""
        attribute, sub = place.target.attribute, place.target.sub
        if attribute.read_only:
            raise Mutability(f"{place.prefix}{attribute.name} is read-only.")
        if attribute.identified:
            self._identified(place, kind, value)
        elif sub is not None and sub.read_only:
            self._reader.read_only(sub, place.inner_prefix)
        elif attribute.multi_valued:
            self._assign(place, kind, self._list_after(place, kind, value) or None)
        else:
            self._assign(place, kind, self._value_after(place, kind, value))

    def _value_after(self, place: Place, kind: Kind, value: Any) -> Any:
        """The value of a single-valued attribute after an operation; None if it is unassigned."""
        attribute, sub = place.target.attribute, place.target.sub
        if attribute.type != "complex":
            return None if kind == "remove" else self._reader.read(attribute, value, place.prefix)
        old = self._holder(place.target).get(attribute.name)
        if sub is not None:
            if kind == "remove" and sub.required:
                raise Mutability(f"{place.inner_prefix}{sub.name} is required and cannot be removed.")
            new = None if kind == "remove" else self._reader.read(sub, value, place.inner_prefix)
            return merge(attribute, old, {sub.name: new} if sub.kept else {}, place.inner_prefix) or None
        if kind == "remove" or value is None:
            return None
        changes = self._reader.read_object(attribute, value, place.prefix)
        if changes is None:
            return None
        if kind == "add":
            changes = assigned(changes) or {}
        return merge(attribute, old, changes, place.inner_prefix) or None

    def _list_after(self, place: Place, kind: Kind, value: Any) -> list[Any]:
        """The values of a multi-valued attribute after an operation."""
        attribute = place.target.attribute
        self._lists[attribute] = place.target
        old: list[Any] = self._holder(place.target).get(attribute.name) or []
        if place.condition is None and place.target.sub is None:
            if kind == "remove":
                self._visit(len(old) + 3 * len(value if isinstance(value, list) else ()))
                return [] if value is None else lists.remove_listed(place, old, value)
            new = self._reader.read(attribute, value, place.prefix) or []
            self._visit(2 * len(new) + (0 if kind == "add" else len(old)))  # each is read, then looked for
            return self._with_added(place, old, new) if kind == "add" else lists.replace_values(place, old, new)
        self._visit(len(old) if place.condition is None else (len(old) + 1) * size(place.condition))
        matched: Sequence[int] = range(len(old))
        if place.condition is not None:
            test = Binder(self._resource_type, self._dialect).element_test(place.target, place.condition)
            matched = [index for index, element in enumerate(old) if test(element)]
        if kind == "remove":
            return lists.remove_matching(place, old, matched)
        return lists.change_matching(place, kind, old, matched, value, self._reader, self._dialect)

    def _with_added(self, place: Place, old: list[Any], new: list[Any]) -> list[Any]:
        """The old values and the new ones; a run of additions looks at each value once, not once per addition."""
        attribute = place.target.attribute
        indexed, indexes = self._indexes.get(attribute, (None, {}))
        if indexed is not old:
            self._visit(len(old))
            indexes = lists.index_of(attribute, old)
        values = lists.add_values(place, old, new, indexes)
        self._indexes[attribute] = (values, indexes)
        return values

    def _identified(self, place: Place, kind: Kind, value: Any) -> None:
        operation = reduce_operation(place, kind, value, self._resource_type, self._new_reader, self._dialect)
        name = place.target.attribute.name
        if name in self._detached and place.target.urn is None:
            self._detached[name].append(operation)
            return
        old = self._holder(place.target).get(name) or []
        self._visit(len(old))
        new = lists.replace_values(place, old, carry_out(place, old, operation))
        self._assign(place, kind, new or None)

    def _assign(self, place: Place, kind: Kind, new: Any) -> None:
        """Store what an attribute became, unless it must stay or must not be kept."""
        attribute = place.target.attribute
        if kind == "remove" and new is None and attribute.required:
            raise Mutability(f"{place.prefix}{attribute.name} is required and cannot be removed.")
        check_immutable(attribute, self._holder(place.target).get(attribute.name), new, place.prefix)
        if attribute.kept:
            self._store(place.target, new)

    def _holder(self, target: Target) -> Mapping[str, Any]:
        holder: Mapping[str, Any] = self._document if target.urn is None else self._document.get(target.urn, {})
        return holder

    def _store(self, target: Target, new: Any) -> None:
        name = target.attribute.name
        holder = self._document if target.urn is None else dict(self._holder(target))
        if new is None:
            holder.pop(name, None)
        else:
            holder[name] = new
        if target.urn is not None:
            self._document[target.urn] = holder

    def _visit(self, values: int) -> None:
        self._visits += values
        if self._visits > MAX_PATCH_VISITS:
            raise InvalidValue(
                f"The operations cost more than {MAX_PATCH_VISITS} comparisons; send fewer in one request."
            )
