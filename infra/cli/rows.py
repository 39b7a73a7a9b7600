"""Files of users and groups, read row by row: CSV, JSON lines, or one JSON array.

Every row becomes a resource in SCIM's form with a `resourceType`. An `id` in it is the file's own way to refer to it,
from the members of groups; ids of this service are given by this service. What cannot be a row keeps its line number
and says why, so that one bad line spoils no file.
"""

from __future__ import annotations

import csv
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gangway.scim.compare import fold, prepare_name
from infra.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

ENTERPRISE: Final = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
_ENTERPRISE_NAMES: Final = ("employeeNumber", "costCenter", "organization", "division", "department")
_MEMBERS_PER_ROW: Final = 1000
_DELIMITERS: Final = (",", ";", "\t")
"""Spreadsheets of different countries write different ones; the most frequent in the heading is it."""
_TRUE, _FALSE = ("true", "yes", "1", "active"), ("false", "no", "0", "inactive")


@dataclass(frozen=True, slots=True)
class FileRow:
    """A row of a file; `error` says why it is none."""

    line: int
    resource: dict[str, Any]
    error: str = ""


class _CsvGroup(NamedTuple):
    """A group that a column names: the line where it is first named, as it is spelled there, and its members."""

    line: int
    name: str
    members: list[str]


def rows_of(file: Path, columns: Mapping[str, str], *, unique_group_names: bool = True) -> Iterator[FileRow]:
    """The rows of a file: users and groups first, then members.

    Args:
        file: `.csv`, or JSON: an array, or an object a line.
        columns: SCIM path by column, where a CSV's heading is none.
        unique_group_names: whether no two groups may have one displayName; else they are told apart by externalId.

    Raises:
        CliError: the file cannot be read.
    """
    try:
        found = _csv(file, columns) if file.suffix.lower() == ".csv" else _json(file)
        yield from _members_last(_each_once(found, unique_group_names))
    except UnicodeDecodeError:
        raise CliError(f"{file} is not in UTF-8.", "Save it in that encoding.", code=Exit.USAGE) from None
    except (OSError, csv.Error) as error:
        raise CliError(f"{file} cannot be read: {error}", code=Exit.USAGE) from None


def _json(file: Path) -> Iterator[FileRow]:
    with file.open(encoding="utf-8-sig") as text:
        is_array = text.read(1) == "["
        text.seek(0)
        if is_array:
            try:
                found = json.load(text)
            except ValueError as error:
                raise CliError(f"{file} is no JSON: {error}", code=Exit.USAGE) from None
            yield from (_row(number, each) for number, each in enumerate(found, 1))
            return
        for number, line in enumerate(text, 1):
            if not line.strip():
                continue
            try:
                yield _row(number, json.loads(line))
            except ValueError as error:
                yield FileRow(number, {}, f"no JSON: {error}")


def _row(number: int, found: object) -> FileRow:
    if not isinstance(found, dict):
        return FileRow(number, {}, "no JSON object")
    kind = found.get("resourceType") or (found.get("meta") or {}).get("resourceType")
    kind = kind or ("User" if "userName" in found else "Group" if "displayName" in found else None)
    if kind not in ("User", "Group", "Members"):
        return FileRow(number, found, "neither a User, nor a Group, nor Members: resourceType is missing")
    return FileRow(number, {**found, "resourceType": kind})


def _csv(file: Path, columns: Mapping[str, str]) -> Iterator[FileRow]:
    groups: dict[str, _CsvGroup] = {}
    with file.open(encoding="utf-8-sig", newline="") as text:
        heading = text.readline()
        text.seek(0)
        reader = csv.DictReader(text, delimiter=max(_DELIMITERS, key=heading.count))
        unknown = columns.keys() - set(reader.fieldnames or ())
        if unknown:
            raise CliError(f"{file} has no column {', '.join(sorted(unknown))}.", code=Exit.USAGE)
        for record in reader:
            number = reader.line_num
            resource: dict[str, Any] = {"resourceType": "User", "id": f"line {number}"}
            error, named = "", ""
            for column, value in record.items():
                if column is None or value is None:
                    error = "as many values as columns are expected"
                elif value.strip():
                    path = columns.get(column, column).strip()
                    if path == "groups":
                        named = value
                    else:
                        error = error or _put(resource, path, value.strip())
            names = [] if error else [part.strip() for part in named.split(";") if part.strip()]
            for name in names:
                groups.setdefault(fold(name), _CsvGroup(number, name, [])).members.append(resource["id"])
            yield FileRow(number, resource, error)
    for line, name, members in groups.values():
        yield FileRow(line, {"resourceType": "Group", "id": f"group {name}", "displayName": name})
        yield FileRow(line, {"resourceType": "Members", "group": f"group {name}", "members": members})


def _put(resource: dict[str, Any], path: str, text: str) -> str:
    """Put a value where its path says; why it cannot be, or nothing."""
    if path == "active":
        if text.lower() not in (*_TRUE, *_FALSE):
            return f"active is true or false, not {text!r}"
        resource["active"] = text.lower() in _TRUE
    elif path in ("email", "emails", "emails.value"):
        resource["emails"] = [{"value": text, "type": "work", "primary": True}]
    elif path in ("phone", "phoneNumbers", "phoneNumbers.value"):
        resource["phoneNumbers"] = [{"value": text, "type": "work"}]
    elif path in _ENTERPRISE_NAMES:
        resource.setdefault(ENTERPRISE, {})[path] = text
    elif path.lower().startswith("urn:") and ":" in path:
        schema, _, name = path.rpartition(":")
        resource.setdefault(schema, {})[name] = text
    else:
        first, _, second = path.partition(".")
        if second:
            resource.setdefault(first, {})[second] = text
        else:
            resource[first] = text
    return ""


def _each_once(rows: Iterator[FileRow], unique_group_names: bool) -> Iterator[FileRow]:
    """Mark rows that are about somebody whom an earlier row is about."""
    seen: dict[tuple[str, str, str], int] = {}
    for row in rows:
        identity = [] if row.error else list(_identity(row.resource, unique_group_names))
        met = next(((key[1], seen[key]) for key in identity if key in seen), None)
        if met:
            yield FileRow(row.line, row.resource, f"the same {met[0]} as in line {met[1]}")
        else:
            seen |= dict.fromkeys(identity, row.line)
            yield row


def _identity(resource: Mapping[str, Any], unique_group_names: bool) -> Iterator[tuple[str, str, str]]:
    """Type, attribute and value by which it is known, compared as the directory compares them."""
    kind = resource.get("resourceType")
    name, comparable = ("userName", prepare_name) if kind == "User" else ("displayName", fold)
    if kind not in ("User", "Group"):
        return
    external_id = resource.get("externalId")
    if isinstance(external_id, str) and external_id:
        yield kind, "externalId", external_id
    if isinstance(resource.get(name), str) and (kind == "User" or unique_group_names or not external_id):
        yield kind, name, comparable(resource[name])


def _members_last(rows: Iterator[FileRow]) -> Iterator[FileRow]:
    """Split members from their groups: everybody must be there before anybody can be a member."""
    later: list[FileRow] = []
    for row in rows:
        if row.error:
            yield row
        elif row.resource["resourceType"] == "Members":
            later += _pieces(row.line, row.resource.get("group"), row.resource.get("members"))
        else:
            yield row
            members = row.resource.get("members")
            if row.resource["resourceType"] == "Group" and isinstance(members, list) and members:
                ids = [each.get("value") if isinstance(each, dict) else each for each in members]
                later += _pieces(row.line, row.resource.get("id"), ids)
    yield from later


def _pieces(line: int, group: object, members: object) -> Iterator[FileRow]:
    if not isinstance(group, str) or not isinstance(members, list) or not all(isinstance(m, str) for m in members):
        yield FileRow(line, {"resourceType": "Members"}, "members need the id that the file gives their group")
        return
    for start in range(0, len(members), _MEMBERS_PER_ROW):
        piece = members[start : start + _MEMBERS_PER_ROW]
        yield FileRow(line, {"resourceType": "Members", "group": group, "members": piece})
