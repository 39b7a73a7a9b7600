"""What docs/cli.md shows is what the commands print."""

from __future__ import annotations

import pytest

from tests.cli.session import form, played, written


@pytest.mark.slow
def test_the_session_in_the_document_is_what_the_commands_print() -> None:
    session = written()
    assert len(session) > 10

    for shown, now in zip(session, played(session), strict=True):
        assert form(now.output) == form(shown.output), shown.command
