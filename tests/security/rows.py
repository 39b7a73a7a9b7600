"""The rows of docs/security.md: which tests cover which, read from the tests themselves.

A test covers a row if it, or its class or module, bears `@pytest.mark.row("TOK-07")`, or if its name says so
(`test_TOK_07_given_…`). The document's table is compared with that; `python -m tests.security.rows` writes it anew.
"""

from __future__ import annotations

import ast
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
DOCUMENT = TESTS.parent / "docs" / "security.md"
AREAS = ("TOK", "ISO", "INP", "SCM", "REL", "STR", "WHK", "LOG", "BAK", "INF")
_IN_A_NAME = re.compile(rf"({'|'.join(AREAS)})_(\d\d)")
_LINE = re.compile(rf"\| ((?:{'|'.join(AREAS)})-\d\d) \| (.*?) \| (.*) \|")
_FILES = re.compile(r"`([\w/]+\.py)`")
NOT = "not: "
"""How the last column begins of a row that no test covers; the reason follows."""


def covered() -> dict[str, set[str]]:
    """The files of tests that cover each row."""
    found: dict[str, set[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for row in _rows_of(ast.parse(path.read_text()).body, frozenset()):
            found.setdefault(row, set()).add(path.relative_to(TESTS).as_posix())
    return found


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


def _rows_of(body: list[ast.stmt], inherited: frozenset[str]) -> Iterator[str]:
    own = inherited | {row for node in body for row in _module_marks(node)}
    for node in body:
        if isinstance(node, ast.ClassDef) and node.name.startswith("Test"):
            yield from _rows_of(node.body, own | _marks(node.decorator_list))
        elif isinstance(node, ast.FunctionDef) and node.name.startswith("test"):
            yield from own | _marks(node.decorator_list)
            yield from (f"{area}-{number}" for area, number in _IN_A_NAME.findall(node.name))


def _module_marks(node: ast.stmt) -> frozenset[str]:
    is_mark = isinstance(node, ast.Assign) and any(
        isinstance(t, ast.Name) and t.id == "pytestmark" for t in node.targets
    )
    return _marks([node]) if is_mark else frozenset()


def _marks(nodes: list[ast.expr] | list[ast.stmt]) -> frozenset[str]:
    calls = (call for node in nodes for call in ast.walk(node) if isinstance(call, ast.Call))
    return frozenset(
        str(argument.value)
        for call in calls
        if isinstance(call.func, ast.Attribute) and call.func.attr == "row"
        for argument in call.args
        if isinstance(argument, ast.Constant)
    )


if __name__ == "__main__":
    write()
