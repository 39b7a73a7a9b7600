"""The progress of an import, beside the file: which rows are done, and which ids they were given.

It is written as the import goes on, so an import that was interrupted goes on where it stopped when the command is
repeated. It belongs to one file and one organization; if the file has changed, it is begun anew, which does no harm:
rows that are there already are found again.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


class Journal:
    """What is done of an import.

    Attributes:
        ids: ids of this service by the ids in the file.
        done: keys of rows that are done.
    """

    def __init__(self, file: Path, org: str) -> None:
        self.path = file.with_name(f"{file.name}.{org}.progress")
        self.ids: dict[str, str] = {}
        self.done: set[str] = set()
        head = {"file": hashlib.sha256(file.read_bytes()).hexdigest(), "org": org}
        known = self._lines()
        if not known or known[0] != head:
            self.path.write_text(json.dumps(head) + "\n", encoding="utf-8")
            known = [head]
        for line in known[1:]:
            self._note(line)
        self._file = self.path.open("a", encoding="utf-8")

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

    def _note(self, line: dict[str, str]) -> None:
        self.done.add(line["key"])
        if "id" in line:
            self.ids[line["from"]] = line["id"]

    def _lines(self) -> list[dict[str, str]]:
        if not self.path.exists():
            return []
        found = []
        for text in self.path.read_text(encoding="utf-8").splitlines():
            try:
                found.append(json.loads(text))
            except ValueError:  # the last line of a process that was killed
                break
        return found
