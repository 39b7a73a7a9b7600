"""What the deployed stack is put through while its AWS calls are watched: one module for each area.

A module plays what its area does, through the doors and the consumers, so that every call its functions can make is
made once; test_rights compares the calls with the rights granted, both ways. A module added here is played without
further ado: it needs `use(stack)` and should leave the organizations of others alone.
"""

import importlib
import pkgutil

from tests.infra.watched import Deployed


def play_all(stack: Deployed) -> None:
    """Play every area, in the order of their names."""
    for module in sorted(pkgutil.iter_modules(__path__), key=lambda module: module.name):
        importlib.import_module(f"{__name__}.{module.name}").use(stack)
