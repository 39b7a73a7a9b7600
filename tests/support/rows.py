"""Rows of a document's table, and which tests cover which, read from the tests themselves.

A test covers a row if it, or its class or module, bears `@pytest.mark.row("TOK-07")`, or if its name says so
(`test_TOK_07_given_…`). Tables of requirements are compared with that, so that neither can say more than the other.
"""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parents[1]
_IN_A_NAME = re.compile(r"([A-Z]{3})_(\d\d)")


def covered(areas: tuple[str, ...]) -> dict[str, set[str]]:
    """The files of tests that cover each row.

    Args:
        areas: what the rows' names begin with, such as `TOK`.
    """
    return {row: set(files) for row, files in _covered().items() if row.partition("-")[0] in areas}


@cache
def _covered() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for path in sorted(TESTS.rglob("test_*.py")):
        for row in _rows_of(ast.parse(path.read_text()).body, frozenset()):
            found.setdefault(row, set()).add(path.relative_to(TESTS).as_posix())
    return found


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
        if _is_row(call.func)
        for argument in call.args
        if isinstance(argument, ast.Constant)
    )


def _is_row(function: ast.expr) -> bool:
    """`pytest.mark.row`, or `row` where a module calls it so."""
    return (isinstance(function, ast.Attribute) and function.attr == "row") or (
        isinstance(function, ast.Name) and function.id == "row"
    )
