"""Clients of AWS: one session for the whole function, configured for a request that somebody waits for.

A session loads botocore's data once; a second one costs a tenth of a second of a cold start. Parameters are built by
code that the tests run against emulators, so botocore need not check them again on every call. The time-outs are far
below the function's own, so a lost connection ends in a retry or in a 503 and not in a killed function. Standard
retries repeat what is safe to repeat, with a client request token on every transaction.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from collections.abc import Mapping

    from types_boto3_dynamodb import DynamoDBClient
    from types_boto3_events import EventBridgeClient
    from types_boto3_kms import KMSClient
    from types_boto3_secretsmanager import SecretsManagerClient

CONFIG: Final = Config(
    connect_timeout=1,
    read_timeout=3,
    retries={"mode": "standard", "total_max_attempts": 3},
    parameter_validation=False,
    max_pool_connections=16,
    user_agent="gangway",
)


CALL_CONFIG: Final = CONFIG.merge(Config(read_timeout=30, retries={"mode": "standard", "total_max_attempts": 1}))
"""For calls of other functions: they take up to 25 seconds, and making one twice would post twice."""


@cache
def session() -> boto3.session.Session:
    """The one session; region, credentials and ``AWS_ENDPOINT_URL`` are those of the Lambda environment."""
    return boto3.session.Session()


@cache
def dynamodb() -> DynamoDBClient:
    """The DynamoDB client of this function."""
    return session().client("dynamodb", config=CONFIG)


def dynamodb_as(credentials: Mapping[str, Any]) -> DynamoDBClient:
    """A DynamoDB client for temporary credentials, given as STS describes them."""
    return session().client(
        "dynamodb",
        config=CONFIG,
        aws_access_key_id=credentials["AccessKeyId"],
        aws_secret_access_key=credentials["SecretAccessKey"],
        aws_session_token=credentials["SessionToken"],
    )


@cache
def security_tokens() -> Any:
    """The STS client of this function."""
    return session().client("sts", config=CONFIG)


@cache
def secrets_manager() -> SecretsManagerClient:
    """The Secrets Manager client of this function."""
    return session().client("secretsmanager", config=CONFIG)


@cache
def events() -> EventBridgeClient:
    """The EventBridge client of this function."""
    return session().client("events", config=CONFIG)


@cache
def functions() -> Any:
    """The Lambda client of this function, to call others with."""
    return session().client("lambda", config=CALL_CONFIG)


@cache
def key_management() -> KMSClient:
    """The KMS client of this function."""
    return session().client("kms", config=CONFIG)


def forget_clients() -> None:
    """Drop session and clients, so that the next caller gets ones for the environment as it is then (tests, local)."""
    for factory in (session, dynamodb, security_tokens, secrets_manager, events, functions, key_management):
        factory.cache_clear()
