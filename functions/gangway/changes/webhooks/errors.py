"""What can be wrong with what an administrator asks of a webhook endpoint."""

from __future__ import annotations


class WebhookError(Exception):
    """Base; the text says what would be right."""


class UnknownEndpointError(WebhookError):
    """The organization has no such endpoint."""


class InvalidEndpointError(WebhookError):
    """There can be no such endpoint."""


class EndpointLimitError(WebhookError):
    """The organization has as many endpoints as it may have."""


class EndpointBusyError(WebhookError):
    """Deliveries kept changing the endpoint's progress; ask again."""


class UnknownDeadLetterError(WebhookError):
    """There is no such dead letter."""


class NoSnapshotError(WebhookError):
    """The endpoint is not being told that snapshot."""


class InvalidRangeError(WebhookError):
    """The log has no such range."""
