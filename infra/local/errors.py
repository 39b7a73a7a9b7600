"""Why a local stack does not start; each message is a sentence for the person who started it."""

from __future__ import annotations


class StartError(Exception):
    """The stack cannot start as asked."""


class PortTakenError(StartError):
    """Another process listens on the port."""
