"""The bundle: what is in it, that it is the same every time, and that it is not built for nothing."""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import time
import tomllib
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pulumi
import pytest

from infra.stack import bundle as bundling
from infra.stack import code
from infra.stack.bundle import BUILD, FUNCTIONS, Bundle, Extension, bundle
from infra.stack.dependencies import AWS_SERVICES, LOCK_FILE, BundleError, Python, compiler_for
from infra.stack.settings import Settings

AARCH64 = 183  # e_machine of an ELF file


PYTHONS: tuple[Python, ...] = ("3.13", "3.14")


@pytest.fixture(scope="module")
def built() -> Bundle:
    return bundle("lambda")


@pytest.fixture(scope="module", params=PYTHONS)
def of_either(request: pytest.FixtureRequest) -> tuple[Python, Bundle]:
    """The bundle for each version of the runtime that may be chosen."""
    return request.param, bundle("lambda", python=request.param)


def members(built: Bundle) -> list[str]:
    with zipfile.ZipFile(built.archive) as archive:
        return archive.namelist()


def test_given_the_archive_then_it_holds_what_the_tree_holds(built: Bundle) -> None:
    tree = {p.relative_to(built.tree).as_posix(): p.read_bytes() for p in built.tree.rglob("*") if p.is_file()}
    with zipfile.ZipFile(built.archive) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == tree
    assert len(members(built)) == len(tree), "a member is there twice"


def test_given_the_archive_then_its_size_fits_and_is_known(
    of_either: tuple[Python, Bundle], capsys: pytest.CaptureFixture[str]
) -> None:
    python, built = of_either
    with zipfile.ZipFile(built.archive) as archive:
        unzipped = sum(member.file_size for member in archive.infolist())
    assert built.unzipped_bytes == unzipped < 30_000_000
    assert built.archive.stat().st_size < 10_000_000
    assert built.sha256 == hashlib.sha256(built.archive.read_bytes()).hexdigest()
    with capsys.disabled():
        zipped, files = built.archive.stat().st_size, len(members(built))
        print(f"\nbundle for {python}: {zipped / 1e6:.1f} MB zipped, {unzipped / 1e6:.1f} MB unzipped, {files} files")


@pytest.fixture
def frozen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of functions/ to bundle, which nobody edits meanwhile."""
    copy = tmp_path / "functions"
    shutil.copytree(FUNCTIONS, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(bundling, "FUNCTIONS", copy)
    return copy


@pytest.mark.slow
@pytest.mark.usefixtures("frozen")
@pytest.mark.row("INF-07")
@pytest.mark.parametrize("python", PYTHONS)
def test_when_built_twice_from_nothing_then_the_archives_are_equal(tmp_path: Path, python: Python) -> None:
    fresh = bundle("lambda", python=python, build=tmp_path / "build")
    assert fresh.sha256 == bundle("lambda", python=python).sha256


@pytest.mark.usefixtures("frozen")
def test_when_nothing_changed_then_nothing_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        pytest.fail("built again")

    built = bundle("lambda")
    monkeypatch.setattr(bundling, "_make", refuse)
    monkeypatch.setattr("infra.stack.dependencies._install", refuse)
    assert bundle("lambda") == built


def test_when_only_the_code_changes_then_building_is_quick(built: Bundle, frozen: Path) -> None:
    (frozen / "gangway" / "clock.py").write_text("# changed for a test\n")
    began = time.process_time()
    other = bundle("lambda")
    assert time.process_time() - began < 1  # processor time of this process; the machine may be busy
    assert other.sha256 != built.sha256
    shutil.rmtree(other.tree.parent)


def test_given_native_libraries_then_all_are_for_the_architecture_and_python_of_the_functions(
    of_either: tuple[Python, Bundle],
) -> None:
    python, built = of_either
    libraries = [path for path in built.tree.rglob("*") if ".so" in path.suffixes]
    tag = f".cpython-{python.replace('.', '')}-aarch64-linux-gnu.so"
    assert libraries
    assert all(path.name.endswith(tag) for path in libraries)
    assert {int.from_bytes(path.read_bytes()[18:20], "little") for path in libraries} == {AARCH64}
    assert not [path for path in built.tree.rglob("*") if path.suffix in (".dylib", ".pyd")]


def test_given_the_lock_file_then_the_bundle_holds_its_one_boto3(built: Bundle) -> None:
    locked = {p["name"]: p["version"] for p in tomllib.loads(LOCK_FILE.read_text())["package"]}
    for library in ("boto3", "botocore", "pydantic"):
        assert [path.name for path in built.tree.rglob(f"{library}-*.dist-info")] == [
            f"{library}-{locked[library]}.dist-info"
        ]
        assert len([name for name in members(built) if name.endswith(f"{library}/__init__.py")]) == 1


def test_given_the_bundle_then_it_has_no_tests_caches_or_leftovers(built: Bundle) -> None:
    unwanted = re.compile(r"(^|/)(tests?|bin|examples|\.[^/]*)(/|$)|\.pyi$|RECORD$|INSTALLER$|/direct_url\.json$")
    assert [name for name in members(built) if unwanted.search(name)] == []
    assert not any(name.startswith(("pulumi", "moto", "infra", "pytest", "typer")) for name in members(built))


def test_given_every_module_then_its_bytecode_is_there_and_trusted(built: Bundle) -> None:
    assert built.has_bytecode
    names = set(members(built))
    for name in names:
        if name.endswith(".py"):
            folder, _, module = name.removesuffix(".py").rpartition("/")
            compiled = f"{folder}/__pycache__/{module}.cpython-313.pyc".lstrip("/")
            assert compiled in names, f"{name} would be compiled at every cold start"
            # PEP 552: bit 0 hash-based, bit 1 to be checked against the source.
            assert (built.tree / compiled).read_bytes()[4:8] == b"\x01\0\0\0", compiled


def test_given_no_interpreter_of_a_version_then_its_bundle_says_that_it_has_no_bytecode(
    of_either: tuple[Python, Bundle],
) -> None:
    python, built = of_either
    compiled = [name for name in members(built) if name.endswith(".pyc")]
    assert built.has_bytecode == (compiler_for(python) is not None) == bool(compiled)
    assert all(f".cpython-{python.replace('.', '')}.pyc" in name for name in compiled)


def test_given_a_bundle_without_bytecode_then_whoever_deploys_is_told_what_helps(
    built: Bundle, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[str] = []
    monkeypatch.setattr(pulumi.log, "warn", said.append)
    monkeypatch.setattr(code, "bundle", lambda *_args, python: replace(built, has_bytecode=python != "3.14"))
    for version in PYTHONS:
        code.lambda_code(Settings.from_config({"pythonVersion": version}))
    assert ["uv python install 3.14" in each for each in said] == [True]


def test_given_the_code_then_it_makes_clients_of_the_services_whose_models_are_kept(built: Bundle) -> None:
    used = {call.args[0].value for call in client_calls() if isinstance(call.args[0], ast.Constant)}
    assert used == set(AWS_SERVICES)
    data = built.tree / "botocore" / "data"
    assert {path.name for path in data.iterdir() if path.is_dir()} == set(AWS_SERVICES)
    partitions = json.loads((data / "endpoints.json").read_text())["partitions"]
    assert {name for partition in partitions for name in partition["services"]} <= set(AWS_SERVICES)


def client_calls() -> Iterator[ast.Call]:
    for path in FUNCTIONS.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") in ("client", "resource") and node.args:
                yield node


def test_given_an_extension_then_it_lies_where_the_functions_look(tmp_path: Path) -> None:
    badge, desk = tmp_path / "badge.json", tmp_path / "desk.json"
    badge.write_text(json.dumps(schema("urn:example:badge:2.0:User")))
    desk.write_text(json.dumps(schema("urn:example:desk")))
    tree = bundle("lambda", [Extension.parse(str(badge)), Extension.parse(f"Group={desk}")]).tree
    try:
        assert (tree / "extensions" / "_" / "badge.json").read_bytes() == badge.read_bytes()
        assert (tree / "extensions" / "Group" / "desk.json").read_bytes() == desk.read_bytes()
    finally:
        shutil.rmtree(tree.parent)


def schema(urn: str) -> dict[str, object]:
    number = {"name": "number", "type": "string", "multiValued": False, "description": "Its number"}
    return {"id": urn, "name": "Example", "description": "An example", "attributes": [number]}


@pytest.mark.parametrize(
    ("files", "said"),
    [
        ({}, "cannot be read: No such file"),
        ({"a/x.json": "{"}, "is not JSON"),
        ({"a/x.json": "{}", "b/x.json": "{}"}, "rename one of the files"),
        ({"a/x.json": "{}"}, "the extension x.json: "),
    ],
)
def test_given_a_wrong_extension_then_it_is_named(tmp_path: Path, files: dict[str, str], said: str) -> None:
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    with pytest.raises(BundleError, match=said):
        bundle("lambda", [Extension(tmp_path / name) for name in files or ["a/x.json"]])


def test_given_no_uv_then_the_next_step_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("UV", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(BundleError, match="pip install uv"):
        bundle("lambda", build=tmp_path)


def test_given_the_host_then_the_same_libraries_run_here() -> None:
    tree = bundle("host").tree
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "import boto3, pydantic, aws_lambda_powertools.event_handler\n"
        "session = boto3.Session(region_name='eu-west-1')\n"
        "print([session.client(name).meta.endpoint_url for name in sys.argv[2:]])\n"
        "assert all(m.__file__.startswith(sys.argv[1]) for m in (boto3, pydantic))"
    )
    command = [sys.executable, "-I", "-S", "-c", script, str(tree), *AWS_SERVICES]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "https://secretsmanager.eu-west-1.amazonaws.com" in done.stdout


@pytest.mark.parametrize(("age", "left"), [(bundling.KEPT_SECONDS + 60, bundling.KEPT), (60, bundling.KEPT + 2)])
def test_given_many_bundles_then_old_ones_go_unless_a_stack_may_run_out_of_them(
    tmp_path: Path, age: int, left: int
) -> None:
    for number in range(bundling.KEPT + 2):
        (tmp_path / f"lambda-{number:02}").mkdir()
        (tmp_path / f"lambda-{number:02}.zip").touch()
        os.utime(tmp_path / f"lambda-{number:02}", (time.time() - age, time.time() - age))
    bundling._prune(tmp_path, "lambda-*")
    assert len([path for path in tmp_path.iterdir() if path.is_dir()]) == left
    assert len(list(tmp_path.glob("*.zip"))) == left


def test_bundles_are_built_inside_the_checkout_where_git_ignores_them() -> None:
    assert BUILD.relative_to(FUNCTIONS.parent).parts[0] == "build"
