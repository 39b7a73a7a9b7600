"""How rules say what they miss."""

from collections.abc import Iterator, Mapping
from typing import Any


def differences(where: str, found: Mapping[str, Any], expected: Mapping[str, Any]) -> Iterator[str]:
    """A sentence for each expected entry that is missing or other; further entries are nobody's business here."""
    for key, value in expected.items():
        if key not in found:
            yield f"{where} lacks {key}"
        elif found[key] != value:
            yield f"{where} has {key} {found[key]!r}, not {value!r}"
