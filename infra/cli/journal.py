"""The progress of an import, beside the file: which rows are done, and which ids they were given.

It is written as the import goes on, so an import that was interrupted goes on where it stopped when the command is
repeated. It belongs to one file, read in one way, and one organization; if the file has changed, it is begun anew,
which does no harm: rows that are there already are found again.
"""

from __future__ import annotations

import hashlib
import json
import os
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path


class Journal:
    """What is done of an import.

    Args:
        file: what is imported.
        org: into which organization.
        columns: SCIM path by column, as far as the file's headings were not taken.

    Attributes:
        ids: ids of this service by the ids in the file.
        done: keys of rows that are done.
    """

    def __init__(self, file: Path, org: str, columns: Mapping[str, str] | None = None) -> None:
        self.path = file.with_name(f"{file.name}.{org}.progress")
        self.ids: dict[str, str] = {}
        self.done: set[str] = set()
        head = {"file": _digest(file), "org": org, "columns": dict(columns or {})}
        known, length = self._lines()
        if known and known[0] == head:
            os.truncate(self.path, length)
        else:
            known = []
            self.path.write_text(json.dumps(head) + "\n", encoding="utf-8")
        self._file = self.path.open("a", encoding="utf-8")
        for line in known[1:]:
            self._note(line)

    def close(self) -> None:
        """Keep what is written for the next time."""
        self._file.close()

    def add(self, lines: Iterable[dict[str, str]]) -> None:
        """Write down rows that are done: their `key`, and perhaps `from` and `id`."""
        for line in lines:
            self._note(line)
            self._file.write(json.dumps(line) + "\n")
        self._file.flush()

    def remove(self) -> None:
        """The import is complete."""
        self._file.close()
        self.path.unlink(missing_ok=True)

    def _note(self, line: Mapping[str, str]) -> None:
        self.done.add(line["key"])
        if "id" in line:
            self.ids[line["from"]] = line["id"]

    def _lines(self) -> tuple[list[dict[str, Any]], int]:
        """The lines of an earlier import, and how many bytes they are: a process that was killed leaves half a line."""
        found: list[dict[str, Any]] = []
        length = 0
        for line in self.path.read_bytes().splitlines(keepends=True) if self.path.exists() else ():
            try:
                value = json.loads(line) if line.endswith(b"\n") else None
            except ValueError:
                value = None
            if not isinstance(value, dict) or (found and "key" not in value):
                break
            found.append(value)
            length += len(line)
        return found, length


def _digest(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
