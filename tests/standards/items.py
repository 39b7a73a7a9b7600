"""What the standards ask of a SCIM server, as items, and the tables of docs/standards.md made of them.

`items.json` beside this says what each item is; which tests show it is read from the tests (`tests.support.rows`).
`python -m tests.standards.items` writes the tables anew.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support import rows
from tests.support.rows import TESTS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

DOCUMENT = TESTS.parent / "docs" / "standards.md"
DATA = Path(__file__).with_name("items.json")
GROUPS = {
    "DIS": "Discovery",
    "REP": "Resources and their attributes",
    "CRE": "Creating",
    "ATT": "Reading, and choosing attributes",
    "FIL": "Lists and filters",
    "SRT": "Sorting",
    "PAG": "Paging by index",
    "CUR": "Paging by cursor",
    "SEA": "Search by POST",
    "PUT": "Replacing",
    "PAT": "Modifying",
    "DEL": "Deleting",
    "BLK": "Bulk",
    "MEE": "/Me",
    "ETG": "Versions",
    "ERR": "Errors",
    "HTP": "HTTP",
    "AUT": "Authentication",
    "GRP": "Groups",
    "TEN": "Organizations",
    "SEC": "Security and privacy",
    "EVT": "Events",
    "DRF": "Drafts and related documents",
}


@dataclass(frozen=True, slots=True)
class Item:
    """One thing that can be tested.

    Attributes:
        id: group and number.
        level: MUST, SHOULD or MAY as the RFC says; REC for what no RFC says and clients need.
        section: where it is from.
        sense: what is asked, in a few words.
        reason: why it is not applicable, or how and why the product deviates; empty if it does what is asked.
        applicable: whether there is anything to show.
    """

    id: str
    level: str
    section: str
    sense: str
    reason: str = ""
    applicable: bool = True


def items() -> list[Item]:
    """All items in their order."""
    return [_item(each) for each in json.loads(DATA.read_text(encoding="utf-8"))]


def covered() -> Mapping[str, set[str]]:
    """The files of tests that show each item."""
    return rows.covered(tuple(GROUPS))


def tables() -> str:
    """The generated part of the document."""
    listed, tests = items(), covered()
    deviating = [each for each in listed if each.applicable and each.reason]
    counts = (
        f"{len(listed)} items: {sum(each.applicable for each in listed)} are shown by tests, "
        f"{len(deviating)} of them with a stated deviation; {sum(not each.applicable for each in listed)} do not apply."
    )
    return (
        "\n".join(["## Items", "", counts, *(line for name in GROUPS for line in _table(name, listed, tests))]) + "\n"
    )


def write() -> None:
    """Bring the document's tables up to date; what stands above them stays."""
    text = DOCUMENT.read_text(encoding="utf-8")
    DOCUMENT.write_text(text.partition("## Items")[0] + tables(), encoding="utf-8")


def _item(data: Mapping[str, str]) -> Item:
    return Item(
        data["id"],
        data["level"],
        data["section"],
        data["sense"],
        data.get("not") or data.get("deviates", ""),
        applicable="not" not in data,
    )


def _table(name: str, listed: list[Item], tests: Mapping[str, set[str]]) -> Iterator[str]:
    yield from (
        "",
        f"### {GROUPS[name]}",
        "",
        "| item | level | from | what is asked | shown by |",
        "|---|---|---|---|---|",
    )
    for item in listed:
        if item.id.startswith(name):
            yield f"| {item.id} | {item.level} | {item.section} | {item.sense} | {_status(item, tests)} |"


def _status(item: Item, tests: Mapping[str, set[str]]) -> str:
    if not item.applicable:
        return f"not applicable: {item.reason}"
    files = ", ".join(f"`{each}`" for each in sorted(tests.get(item.id, ())))
    return f"{files}; deviates: {item.reason}" if item.reason else files


if __name__ == "__main__":
    write()
