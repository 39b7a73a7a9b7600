"""The libraries the functions import, installed for the machine that will run them and cut down to what they use.

Libraries change a few times a month, the code a few times a minute: so they are a layer of their own, addressed by
what it is made of (lock file, platform, Python, these rules) and built once. What is cut pays at every cold start:
botocore ships 400 service models and looks at every folder of them, and Lambda's file system is read-only, so without
bytecode in the bundle each start would compile 600 modules again (about two thirds of a second). Bytecode is not
checked against its source (`unchecked-hash`), because a zip archive does not keep the times that the default
compares.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Literal

type Platform = Literal["lambda", "host"]

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILE = ROOT / "uv.lock"
PYTHON_VERSION = "3.13"
"""Minor version of the Lambda runtime; bytecode of another one would be ignored there."""
LAMBDA_WHEELS = "aarch64-manylinux_2_28"
"""What Amazon Linux 2023 on arm64 can load."""
AWS_SERVICES = ("dynamodb", "events", "kms", "lambda", "secretsmanager", "sts")
"""The services whose models stay in botocore: those that functions/ makes clients of."""

_FOLDERS_CUT = {"__pycache__", "bin", "examples", "test", "tests"}
_SUFFIXES_CUT = (".pyc", ".pyi", "py.typed", ".lock")


class BundleError(Exception):
    """The code for Lambda could not be put together; the message names the next step."""


def dependency_layer(platform: Platform, build: Path) -> Path:
    """Install the locked runtime dependencies, trimmed and compiled, or find them installed.

    Args:
        platform: `lambda` for wheels of the functions' architecture, `host` for wheels that run on this machine.
        build: folder that keeps layers.

    Returns:
        A folder to lay at the root of the bundle. Its name changes when its content does.

    Raises:
        BundleError: uv is missing, or the lock file cannot be installed for the platform.
    """
    layer = build / f"dependencies-{platform}-{_fingerprint(platform)}"
    if layer.exists():
        return layer
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as scratch:
        made = Path(scratch) / "layer"
        _install(platform, made, Path(scratch) / "requirements.txt")
        _cut_files(made)
        _trim_botocore(made / "botocore" / "data")
        compile_bytecode(made, made)
        return put_in_place(made, layer)


def put_in_place(made: Path, place: Path) -> Path:
    """Rename a finished folder to its address; if somebody was faster, theirs has the same content and stays."""
    try:
        return made.rename(place)
    except OSError:
        if not place.exists():
            raise
        return place


def compile_bytecode(folder: Path, root: Path) -> None:
    """Write bytecode for every module in `folder`, with file names as they are when `root` is /var/task.

    A process of its own, because what the compiling process has interned shows in the bytecode.
    """
    python = [sys.executable, "-I"] if _running(PYTHON_VERSION) else [uv(), "run", "--no-project", "-p", PYTHON_VERSION]
    options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/var/task"]
    _run([*python, *([] if _running(PYTHON_VERSION) else ["python", "-I"]), "-m", "compileall", *options, str(folder)])


def uv() -> str:
    """Path of the uv that runs us, or of the one on the PATH."""
    found = os.environ.get("UV") or shutil.which("uv")
    if not found:
        raise BundleError(
            "uv is needed to put the Lambda code together and is not on the PATH: install it with `pip install uv`, "
            "or point the setting gangway:codeArchive at a bundle built elsewhere"
        )
    return found


def _running(version: str) -> bool:
    return f"{sys.version_info.major}.{sys.version_info.minor}" == version


def _fingerprint(platform: Platform) -> str:
    rules = Path(__file__).read_bytes()
    target = LAMBDA_WHEELS if platform == "lambda" else sys.executable + sys.version
    return hashlib.sha256(b"\0".join([LOCK_FILE.read_bytes(), rules, target.encode()])).hexdigest()[:16]


def _install(platform: Platform, target: Path, requirements: Path) -> None:
    """Install what the lock file pins, hashes checked, from wheels only: nothing is compiled on this machine."""
    locked = ["export", "-q", "--frozen", "--no-default-groups", "--no-emit-project", "-o", str(requirements)]
    _run([uv(), *locked, "--project", str(ROOT)])
    wheels = ["--python-platform", LAMBDA_WHEELS, "--python-version", PYTHON_VERSION]
    machine = wheels if platform == "lambda" else ["--python", sys.executable]
    # A copy, since what follows edits files that would otherwise be links into uv's cache.
    options = ["-q", "--link-mode", "copy", "--no-installer-metadata", "--no-compile-bytecode", "--require-hashes"]
    source = ["--only-binary", ":all:", "--target", str(target), "-r", str(requirements)]
    _run([uv(), "pip", "install", *options, *machine, *source])


def _cut_files(tree: Path) -> None:
    """Remove tests, stubs, scripts and installer records. METADATA stays: vulnerability scanners read it."""
    for folder in [path for path in tree.rglob("*") if path.is_dir() and path.name in _FOLDERS_CUT]:
        shutil.rmtree(folder, ignore_errors=True)
    for path in [path for path in tree.rglob("*") if path.is_file()]:
        of_installer = any(part.endswith(".dist-info") for part in path.parts) and path.name != "METADATA"
        if of_installer or path.name.endswith(_SUFFIXES_CUT):
            path.unlink()
    for folder in sorted((path for path in tree.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()
    shutil.rmtree(tree / "boto3" / "data")  # models of boto3's resources, which nothing here uses


def _trim_botocore(data: Path) -> None:
    """Keep the newest model of each service in use, without its prose, and the endpoints of those services."""
    for service in [path for path in data.iterdir() if path.is_dir()]:
        versions = sorted(service.iterdir()) if service.name in AWS_SERVICES else []
        for version in versions[:-1]:
            shutil.rmtree(version)
        if not versions:
            shutil.rmtree(service)
    for packed in data.rglob("*.json.gz"):
        plain = packed.with_suffix("")
        plain.write_text(_compact(_without_prose(json.loads(gzip.decompress(packed.read_bytes())))))
        packed.unlink()
    for examples in data.rglob("examples-1.json"):
        examples.unlink()
    endpoints = json.loads((data / "endpoints.json").read_text())
    for partition in endpoints["partitions"]:
        partition["services"] = {name: of for name, of in partition["services"].items() if name in AWS_SERVICES}
    (data / "endpoints.json").write_text(_compact(endpoints))


def _without_prose(model: object) -> object:
    if isinstance(model, dict):
        # A member may itself be called documentation; its definition is an object.
        return {k: _without_prose(v) for k, v in model.items() if not (k == "documentation" and isinstance(v, str))}
    return [_without_prose(value) for value in model] if isinstance(model, list) else model


def _compact(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own commands
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BundleError(f"`{' '.join(command[:3])} …` failed while putting the Lambda code together:\n{said}")
