"""Ends a child process together with the process that started it, however that one ended.

A parent that is killed cannot stop its children. Each child therefore reads from a pipe that only the parent holds
open for writing: when the parent is gone, for whatever reason, the system closes it and the child sees the end.
"""

from __future__ import annotations

import os
import sys
import threading


def end_with_parent() -> None:
    """Make this process exit as soon as its standard input is closed."""
    threading.Thread(target=_wait, name="lifeline", daemon=True).start()


def _wait() -> None:
    while os.read(sys.stdin.fileno(), 4096):
        pass
    os._exit(0)
