"""The rows of docs/security.md: what each is about, and what the document says of its tests.

`python -m tests.security.rows` writes the table anew.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tests.support import rows
from tests.support.rows import TESTS

if TYPE_CHECKING:
    from collections.abc import Mapping

DOCUMENT = TESTS.parent / "docs" / "security.md"
AREAS = ("TOK", "ISO", "INP", "SCM", "REL", "STR", "WHK", "LOG", "BAK", "INF")
_LINE = re.compile(rf"\| ((?:{'|'.join(AREAS)})-\d\d) \| (.*?) \| (.*) \|")
_FILES = re.compile(r"`([\w/]+\.py)`")
NOT = "not: "
"""How the last column begins of a row that no test covers; the reason follows."""


def covered() -> Mapping[str, set[str]]:
    """The files of tests that cover each row."""
    return rows.covered(AREAS)


def listed() -> dict[str, tuple[str, str]]:
    """The document's table: what each row is about, and what it says about tests."""
    return {line[1]: (line[2], line[3]) for line in _LINE.finditer(DOCUMENT.read_text())}


def claimed() -> dict[str, set[str]]:
    """The files that the document names for each row it calls covered."""
    return {row: set(_FILES.findall(said)) for row, (_, said) in listed().items() if not said.startswith(NOT)}


def write() -> None:
    """Bring the table's last column up to date; reasons why a row is not covered stay until a test covers it."""
    tests = covered()

    def line(match: re.Match[str]) -> str:
        row, about, said = match[1], match[2], match[3]
        files = ", ".join(f"`{each}`" for each in sorted(tests.get(row, ())))
        return f"| {row} | {about} | {files or (said if said.startswith(NOT) else NOT)} |"

    DOCUMENT.write_text(_LINE.sub(line, DOCUMENT.read_text()))


if __name__ == "__main__":
    write()
