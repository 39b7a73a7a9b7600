"""Imports point one way: handlers -> http -> directory, access -> changes -> scim; storage implements their ports."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
FUNCTIONS = ROOT / "functions"

# What each room may import of Gangway besides itself, and which libraries it may touch.
TOP = {"gangway.settings", "gangway.observability", "gangway.clock"}
MAY_IMPORT = {
    "gangway.scim": set[str](),
    "gangway.changes": {"gangway.scim", "gangway.clock"},
    "gangway.access": {"gangway.scim", "gangway.changes", "gangway.clock"},
    "gangway.diagnosis": {"gangway.scim", "gangway.clock"},
    "gangway.directory": {"gangway.scim", "gangway.changes", "gangway.clock"},
    "gangway.storage": {
        "gangway.scim",
        "gangway.changes",
        "gangway.access",
        "gangway.diagnosis",
        "gangway.directory",
        "gangway.clock",
    },
    "gangway.http": {
        "gangway.scim",
        "gangway.changes",
        "gangway.access",
        "gangway.diagnosis",
        "gangway.directory",
        *TOP,
    },
    "gangway.settings": {"gangway.scim"},
    "gangway.observability": set[str](),
    "gangway.clock": set[str](),
    "handlers": {"gangway"},
}
LIBRARIES = {
    "boto3": {"gangway.storage"},
    "botocore": {"gangway.storage"},
    "aws_lambda_powertools": {"handlers", "gangway.observability"},
    "pydantic": {"gangway.changes", "gangway.http", "gangway.settings"},
    "infra": set[str](),
    "pulumi": set[str](),
}
MODULES = sorted(path for path in FUNCTIONS.rglob("*.py"))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(FUNCTIONS).with_suffix("").parts).removesuffix(".__init__")


def room(module: str) -> str:
    """The room a module lies in: its second level in gangway, else its first."""
    parts = module.split(".")
    return ".".join(parts[:2]) if parts[0] == "gangway" else parts[0]


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: a relative import hides the room it comes from"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def violations(here: str, path: Path) -> Iterator[str]:
    """The imports of a module that its room may not make."""
    for imported in imports(path):
        library = imported.split(".")[0]
        if library in ("gangway", "handlers"):
            there = room(imported)
            allowed = MAY_IMPORT.get(here, set())
            if not (there in (here, "gangway") or there in allowed or library in allowed):
                yield f"{here} imports {there}"
        elif library in LIBRARIES and here not in LIBRARIES[library]:
            yield f"{here} imports {library}"


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_given_a_module_then_it_imports_only_what_its_room_may(path: Path) -> None:
    assert list(violations(room(module_name(path)), path)) == []


def test_given_the_infra_folder_then_only_the_program_lies_directly_in_it() -> None:
    """Pulumi puts that folder first on the import path: a packaging.py there would shadow the library of that name."""
    assert [path.name for path in (ROOT / "infra").glob("*.py")] == ["__main__.py"]


def test_given_imports_against_the_grain_then_each_is_named(tmp_path: Path) -> None:
    module = tmp_path / "filter.py"
    module.write_text("import boto3\nfrom gangway.storage import keys\nfrom gangway.scim.errors import ScimError\n")
    assert list(violations("gangway.scim", module)) == [
        "gangway.scim imports boto3",
        "gangway.scim imports gangway.storage",
    ]
