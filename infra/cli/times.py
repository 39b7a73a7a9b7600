"""Times and spans as people type and read them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import typer

_SPAN = re.compile(r"([0-9]{1,6})(s|m|h|d|w)")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
SPAN_HELP = "such as 30m, 24h, 7d"


def span(text: str) -> timedelta:
    """Read `90s`, `30m`, `24h`, `7d`, `2w`; a parser for typer.

    Raises:
        BadParameter: it is something else.
    """
    found = _SPAN.fullmatch(text.strip().lower())
    if not found:
        raise typer.BadParameter(f"{text!r} is no span of time; write one {SPAN_HELP}.")
    return timedelta(**{_UNITS[found[2]]: int(found[1])})


def moment(text: str) -> datetime:
    """Read a span from now (`90d`), a day (`2027-03-01`) or a time (`2027-03-01T12:00Z`); a parser for typer.

    Raises:
        BadParameter: it is something else.
    """
    if _SPAN.fullmatch(text.strip().lower()):
        return datetime.now(UTC) + span(text)
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        message = f"{text!r} is no time; write a span from now ({SPAN_HELP}), a day (2027-03-01) or a time."
        raise typer.BadParameter(message) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def past(text: str) -> datetime:
    """Read a span before now (`2h`), a day or a time; a parser for typer.

    Raises:
        BadParameter: it is something else.
    """
    if _SPAN.fullmatch(text.strip().lower()):
        return datetime.now(UTC) - span(text)
    return moment(text)


def wire(time: datetime) -> str:
    """A time as the admin API takes it."""
    return time.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def to_the_minute(text: object) -> str:
    """A time of the admin API for people, in UTC, as the Z says: `2027-03-01 12:00Z`."""
    return f"{str(text)[:16].replace('T', ' ')}Z" if text else ""


def to_the_second(text: object) -> str:
    """The same with seconds."""
    return f"{str(text)[:19].replace('T', ' ')}Z" if text else ""
