"""The code every function runs: libraries below, `functions/` above, the deployer's extension schemas beside them.

One bundle serves all functions (only their handlers differ), so there is one thing to build, hash and cache. It is
addressed by its content: a bundle that exists is never touched again, two builds at once cannot disturb each other or
a stack that runs out of the tree, and "nothing changed" is one look at the file system. A change of `functions/`
copies and compiles that folder only; libraries are linked from their layer and arrive in the archive already packed.

The archive is a function of its content: sorted names, one date, fixed modes. `pulumi up` uploads it when its hash
changes, so a bundle that differed from build to build would replace every function each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
import time
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from gangway.scim.schema import ExtensionFile, SchemaError, load_registry
from infra.stack.dependencies import (
    PYTHON,
    ROOT,
    BundleError,
    Platform,
    Python,
    compile_bytecode,
    compiler_for,
    dependency_layer,
    put_in_place,
    running_python,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

FUNCTIONS = ROOT / "functions"
BUILD = ROOT / "build" / "bundle"
KEPT = 8
KEPT_SECONDS = 12 * 60 * 60
"""Bundles and layers beyond the latest are removed when they were not asked for within a working day, as a stack that
runs on this machine runs out of one of them."""

_DATE = (1980, 1, 1, 0, 0, 0)  # the oldest that a zip archive can state


@dataclass(frozen=True, slots=True)
class Extension:
    """A schema extension that a deployer adds.

    Attributes:
        file: the schema document (RFC 7643 section 7), JSON.
        resource_type: name of the resource type it extends; None means the one that its URN ends with.
    """

    file: Path
    resource_type: str | None = None

    @classmethod
    def parse(cls, text: str) -> Extension:
        """Read `[ResourceType=]FILE`."""
        name, separator, file = text.rpartition("=")
        return cls(Path(file), name if separator else None)

    @property
    def place(self) -> str:
        """Where the functions look for it, relative to the root of the bundle."""
        return f"extensions/{self.resource_type or '_'}/{self.file.name}"


@dataclass(frozen=True, slots=True)
class Bundle:
    """Built code.

    Attributes:
        tree: folder to run it from; same content as the archive.
        archive: zip archive to upload.
        sha256: of the archive, hexadecimal.
        unzipped_bytes: size of all files; Lambda allows 250 MB.
        has_bytecode: whether modules are compiled; otherwise each cold start compiles them.
    """

    tree: Path
    archive: Path
    sha256: str
    unzipped_bytes: int
    has_bytecode: bool


def bundle(
    platform: Platform = "lambda", extensions: Iterable[Extension] = (), *, python: Python = PYTHON, build: Path = BUILD
) -> Bundle:
    """Put the code together, or find it put together.

    Args:
        platform: `lambda` for the functions, `host` to run them on this machine.
        extensions: schema files to lay beside the code.
        python: version of the runtime; `host` is always for the one that runs this.
        build: folder that keeps what was built.

    Raises:
        BundleError: an extension cannot be read or is no schema, two of them have one place, uv is missing, or an
            installation fails.
    """
    sources = _sources(tuple(extensions))
    version = running_python() if platform == "host" else python
    compiler = compiler_for(version)
    layer = dependency_layer(platform, build, version, compiler)
    home = build / f"{platform}-{_fingerprint(layer, sources)}"
    if not home.exists():
        with tempfile.TemporaryDirectory(dir=build) as scratch:
            made = Path(scratch) / "made"
            _make(made, layer, sources, compiler)
            put_in_place(made, home)
    home.touch()
    layer.touch()
    _prune(build, f"{platform}-*")
    _prune(build, f"dependencies-{platform}-*")
    facts = json.loads((home / "facts.json").read_text())
    return Bundle(home / "tree", home / "gangway.zip", facts["sha256"], facts["unzippedBytes"], compiler is not None)


def _sources(extensions: tuple[Extension, ...]) -> Mapping[str, bytes]:
    """The files above the libraries, by their place in the bundle."""
    files = {
        path.relative_to(FUNCTIONS).as_posix(): path.read_bytes()
        for path in sorted(FUNCTIONS.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    for extension in extensions:
        if extension.place in files:
            raise BundleError(f"two extensions are called {extension.place}: rename one of the files")
        files[extension.place] = _read(extension)
    _check(extensions, files)
    return files


def _read(extension: Extension) -> bytes:
    try:
        return extension.file.read_bytes()
    except OSError as error:
        raise BundleError(f"the extension {extension.file} cannot be read: {error.strerror}") from None


def _check(extensions: tuple[Extension, ...], files: Mapping[str, bytes]) -> None:
    """Let the code that will read the extensions at every cold start read them once before."""
    documents = []
    for extension in extensions:
        try:
            document = json.loads(files[extension.place])
        except ValueError as error:
            raise BundleError(f"the extension {extension.file} is not JSON: {error}") from None
        documents.append(ExtensionFile(extension.resource_type, extension.file.name, document))
    try:
        load_registry(documents)
    except SchemaError as error:
        raise BundleError(f"the extension {error}") from None


def _fingerprint(layer: Path, sources: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(layer.name.encode() + Path(__file__).read_bytes())
    for place, content in sorted(sources.items()):
        digest.update(f"\0{place}\0{len(content)}\0".encode() + content)
    return digest.hexdigest()[:16]


def _make(home: Path, layer: Path, sources: Mapping[str, bytes], compiler: str | None) -> None:
    tree, archive = home / "tree", home / "gangway.zip"
    code = home / "code"
    for place, content in sources.items():
        (code / place).parent.mkdir(parents=True, exist_ok=True)
        (code / place).write_bytes(content)
    compile_bytecode(code, code, compiler)
    shutil.copytree(layer, tree, copy_function=os.link)
    packed = layer.with_suffix(".zip")
    if not packed.exists():
        _write_archive(layer, packed.with_suffix(f".{home.parent.name}"))
        packed.with_suffix(f".{home.parent.name}").rename(packed)
    shutil.copyfile(packed, archive)
    _write_archive(code, archive)
    shutil.copytree(code, tree, dirs_exist_ok=True)
    shutil.rmtree(code)
    sizes = (path.stat().st_size for path in tree.rglob("*") if path.is_file())
    facts = {"sha256": hashlib.sha256(archive.read_bytes()).hexdigest(), "unzippedBytes": sum(sizes)}
    (home / "facts.json").write_text(json.dumps(facts))


def _write_archive(folder: Path, archive: Path) -> None:
    """Add a folder to an archive, which is made if it is not there."""
    with zipfile.ZipFile(archive, "a") as target:
        for path in sorted(path for path in folder.rglob("*") if path.is_file()):
            member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _DATE)
            member.create_system = 3  # Unix, on whatever system this runs, so that the modes below count
            member.external_attr = 0o100644 << 16
            target.writestr(member, path.read_bytes(), zipfile.ZIP_DEFLATED, compresslevel=9)


def _prune(build: Path, pattern: str) -> None:
    folders = [(path.stat().st_mtime, path) for path in build.glob(pattern) if path.is_dir()]
    for touched, old in sorted(folders, reverse=True)[KEPT:]:
        if touched < time.time() - KEPT_SECONDS:
            shutil.rmtree(old, ignore_errors=True)
            old.with_suffix(".zip").unlink(missing_ok=True)
