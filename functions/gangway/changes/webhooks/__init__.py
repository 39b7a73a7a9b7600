"""Webhooks: signed posts of an organization's events to endpoints that its application names."""
