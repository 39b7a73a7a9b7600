"""The archive the functions are made of: built from this checkout, or one that a setting points at.

Tests, and a stack that runs on this machine, point the setting at a tree they have; a team that builds once and
deploys to several stacks points it at a zip archive. So running the program does not imply a build.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pulumi

from infra.stack.bundle import Extension, bundle
from infra.stack.configuration import SettingsError
from infra.stack.dependencies import ROOT, BundleError

if TYPE_CHECKING:
    from infra.stack.settings import Settings

UNCOMPILED = (
    "pythonVersion: there is no Python {python} on this machine to compile the functions with, so every cold start "
    "will, which more than doubles it. `uv python install {python}` helps."
)


def lambda_code(settings: Settings) -> pulumi.Archive:
    """The archive to deploy. Paths in settings are relative to the folder of Pulumi.yaml.

    Raises:
        SettingsError: it does not exist, or cannot be built.
    """
    if settings.code_archive:
        archive = ROOT / settings.code_archive
        if not archive.exists():
            raise SettingsError(f"codeArchive: there is nothing at {archive}; leave the setting out to build a bundle")
        return pulumi.FileArchive(str(archive))
    extensions = [Extension.parse(text) for text in settings.extensions]
    try:
        placed = [Extension(ROOT / extension.file, extension.resource_type) for extension in extensions]
        built = bundle("lambda", placed, python=settings.python_version)
    except BundleError as error:
        raise SettingsError(str(error)) from error
    if not built.has_bytecode:
        pulumi.log.warn(UNCOMPILED.format(python=settings.python_version))
    return pulumi.FileArchive(str(built.archive))
