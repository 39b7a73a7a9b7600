"""Clients of AWS: one session for the whole function, configured for a request that somebody waits for.

A session loads botocore's data once; a second one costs a tenth of a second of a cold start. Parameters are built by
code that the tests run against emulators, so botocore need not check them again on every call. The time-outs are far
below the function's own, so a lost connection ends in a retry or in a 503 and not in a killed function. Standard
retries repeat what is safe to repeat, with a client request token on every transaction.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_secretsmanager import SecretsManagerClient

CONFIG: Final = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,
    max_pool_connections=16,
    user_agent="gangway",
)


@cache
def session() -> boto3.session.Session:
    """The one session; region, credentials and ``AWS_ENDPOINT_URL`` are those of the Lambda environment."""
    return boto3.session.Session()


@cache
def dynamodb() -> DynamoDBClient:
    """The DynamoDB client of this function."""
    return session().client("dynamodb", config=CONFIG)


@cache
def secrets_manager() -> SecretsManagerClient:
    """The Secrets Manager client of this function."""
    return session().client("secretsmanager", config=CONFIG)


@cache
def events() -> EventBridgeClient:
    """The EventBridge client of this function."""
    return session().client("events", config=CONFIG)


def forget_clients() -> None:
    """Drop session and clients, so that the next caller gets ones for the environment as it is then (tests, local)."""
    for factory in (session, dynamodb, secrets_manager, events):
        factory.cache_clear()
