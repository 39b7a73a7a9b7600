"""Files that commands write."""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

from infra.cli.errors import CliError, Exit

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO


@contextmanager
def complete_or_not_at_all(file: Path) -> Iterator[TextIO]:
    """A file that takes its name when all of it is written."""
    partial_file = file.with_name(f"{file.name}.partial")
    try:
        with partial_file.open("w", encoding="utf-8") as out:
            yield out
        os.replace(partial_file, file)  # noqa: PTH105  # a Path's own replace says nothing of atomicity
    except OSError as error:
        raise CliError(f"{file} cannot be written: {error.strerror}.", code=Exit.USAGE) from None
    finally:
        partial_file.unlink(missing_ok=True)
