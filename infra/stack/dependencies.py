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
type Python = Literal["3.13", "3.14"]
"""Minor version of a Lambda runtime; wheels and bytecode are for one alone."""

ROOT = Path(__file__).resolve().parents[2]
LOCK_FILE = ROOT / "uv.lock"
PYTHON: Python = "3.13"
"""The version that functions run on unless the settings say otherwise."""
LAMBDA_WHEELS = "aarch64-manylinux_2_28"
"""What Amazon Linux 2023 on arm64 can load."""
AWS_SERVICES = ("dynamodb", "events", "kms", "lambda", "secretsmanager", "sts")
"""The services whose models stay in botocore: those that functions/ makes clients of."""

_FOLDERS_CUT = {"__pycache__", "bin", "examples", "test", "tests"}
_SUFFIXES_CUT = (".pyc", ".pyi", "py.typed", ".lock")


class BundleError(Exception):
    """The code for Lambda could not be put together; the message names the next step."""


def dependency_layer(platform: Platform, build: Path, python: str, compiler: str | None) -> Path:
    """Install the locked runtime dependencies, trimmed and compiled, or find them installed.

    Args:
        platform: `lambda` for wheels of the functions' architecture, `host` for wheels that run on this machine.
        build: folder that keeps layers.
        python: version of the wheels, such as `3.13`.
        compiler: see `compile_bytecode`.

    Returns:
        A folder to lay at the root of the bundle. Its name changes when its content does.

    Raises:
        BundleError: uv is missing, or the lock file cannot be installed for the platform.
    """
    layer = build / f"dependencies-{platform}-{_fingerprint(platform, python, compiler)}"
    if layer.exists():
        return layer
    build.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=build) as scratch:
        made = Path(scratch) / "layer"
        _install(platform, python, made, Path(scratch) / "requirements.txt")
        _cut_files(made)
        _trim_botocore(made / "botocore" / "data")
        compile_bytecode(made, made, compiler)
        return put_in_place(made, layer)


def put_in_place(made: Path, place: Path) -> Path:
    """Rename a finished folder to its address; if somebody was faster, theirs has the same content and stays."""
    try:
        return made.rename(place)
    except OSError:
        if not place.exists():
            raise
        return place


def running_python() -> str:
    """The version of this process, such as `3.13`."""
    return f"{sys.version_info.major}.{sys.version_info.minor}"


def compiler_for(python: str) -> str | None:
    """The interpreter of a version on this machine: this one, or one that uv knows of; None: there is none.

    Nothing is downloaded: what a deployment is made of must not depend on what happens to be reachable.
    """
    if python == running_python():
        return sys.executable
    command = [uv(), "python", "find", "--no-project", python]
    found = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own command
    return found.stdout.strip() if found.returncode == 0 else None


def compile_bytecode(folder: Path, root: Path, compiler: str | None) -> None:
    """Write bytecode for every module in `folder`, with file names as they are when `root` is /var/task.

    A process of its own, because what the compiling process has interned shows in the bytecode; and one of the version
    that will run it, as bytecode of another is ignored. Without such a compiler there will be none.
    """
    if compiler is not None:
        options = ["-q", "-f", "--invalidation-mode", "unchecked-hash", "-s", str(root), "-p", "/var/task"]
        _run([compiler, "-I", "-m", "compileall", *options, str(folder)])


def uv() -> str:
    """Path of the uv that runs us, or of the one on the PATH."""
    found = os.environ.get("UV") or shutil.which("uv")
    if not found:
        raise BundleError(
            "uv is needed to put the Lambda code together and is not on the PATH: install it with `pip install uv`, "
            "or point the setting gangway:codeArchive at a bundle built elsewhere"
        )
    return found


def _fingerprint(platform: Platform, python: str, compiler: str | None) -> str:
    rules = Path(__file__).read_bytes()
    target = f"{LAMBDA_WHEELS} {python}" if platform == "lambda" else sys.executable + sys.version
    compiled = "with bytecode" if compiler else "without bytecode"
    parts = [LOCK_FILE.read_bytes(), rules, target.encode(), compiled.encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()[:16]


def _install(platform: Platform, python: str, target: Path, requirements: Path) -> None:
    """Install what the lock file pins, hashes checked, from wheels only: nothing is compiled on this machine."""
    locked = ["export", "-q", "--frozen", "--no-default-groups", "--no-emit-project", "-o", str(requirements)]
    _run([uv(), *locked, "--project", str(ROOT)])
    wheels = ["--python-platform", LAMBDA_WHEELS, "--python-version", python]
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
