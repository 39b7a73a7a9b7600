"""A Secrets Manager in memory, with the client's interface, as far as the token vault uses it.

moto answers the old value after a label has moved and leaves AWSCURRENT on two versions; this fake keeps to AWS's
rules: a label lies on one version, a version never changes, moving a label needs the version it lies on now, and a
value has at most 64 KiB. `before` is called ahead of every request and may raise, which is how faults are played.
"""

from __future__ import annotations

import threading
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

CURRENT, PREVIOUS = "AWSCURRENT", "AWSPREVIOUS"
MAX_SECRET_BYTES = 65_536


@dataclass
class Secret:
    """The versions of one secret by id, and where its staging labels lie."""

    versions: dict[str, str] = field(default_factory=dict)
    labels: dict[str, str] = field(default_factory=dict)


class FakeSecretsManager:
    """Some secrets, created without a value as the program creates them."""

    def __init__(self, names: Iterable[str]) -> None:
        self.secrets = {name: Secret() for name in names}
        self.calls: list[str] = []
        self.before: Callable[[str, Mapping[str, Any]], None] = lambda _operation, _request: None
        self._lock = threading.Lock()

    def copy(self) -> FakeSecretsManager:
        """Other secrets with the same versions and labels."""
        other = FakeSecretsManager(())
        other.secrets = deepcopy(self.secrets)
        return other

    def values(self) -> list[str]:
        """Every value of every version, for tests that look for what must not be there."""
        return [value for secret in self.secrets.values() for value in secret.versions.values()]

    def get_secret_value(self, **request: Any) -> dict[str, Any]:
        """GetSecretValue."""
        secret = self._called("get_secret_value", request)
        with self._lock:
            version = secret.labels.get(request.get("VersionStage", CURRENT))
            if version is None:
                raise _error("get_secret_value", "ResourceNotFoundException")
            return {"VersionId": version, "SecretString": secret.versions[version]}

    def put_secret_value(self, **request: Any) -> dict[str, Any]:
        """PutSecretValue; the first value of a secret is current whatever was asked for."""
        secret = self._called("put_secret_value", request)
        version, value = request["ClientRequestToken"], request["SecretString"]
        if len(value.encode()) > MAX_SECRET_BYTES:
            raise _error("put_secret_value", "ValidationException")
        with self._lock:
            if secret.versions.setdefault(version, value) != value:
                raise _error("put_secret_value", "ResourceExistsException")
            for label in request.get("VersionStages", [CURRENT]):
                self._move(secret, label, version)
            if CURRENT not in secret.labels:
                self._move(secret, CURRENT, version)
        return {"VersionId": version}

    def update_secret_version_stage(self, **request: Any) -> dict[str, Any]:
        """UpdateSecretVersionStage: a compare-and-swap on a label."""
        secret = self._called("update_secret_version_stage", request)
        label, to = request["VersionStage"], request.get("MoveToVersionId")
        with self._lock:
            if secret.labels.get(label) != request.get("RemoveFromVersionId"):
                raise _error("update_secret_version_stage", "InvalidParameterException")
            if to is None:
                del secret.labels[label]
            else:
                self._move(secret, label, to)
        return {}

    def describe_secret(self, **request: Any) -> dict[str, Any]:
        """DescribeSecret; only versions that bear a label."""
        secret = self._called("describe_secret", request)
        with self._lock:
            stages: dict[str, list[str]] = {}
            for label, version in secret.labels.items():
                stages.setdefault(version, []).append(label)
        return {"Name": request["SecretId"], "VersionIdsToStages": stages}

    def _called(self, operation: str, request: Mapping[str, Any]) -> Secret:
        self.before(operation, request)
        self.calls.append(operation)
        secret = self.secrets.get(request["SecretId"])
        if secret is None:
            raise _error(operation, "ResourceNotFoundException")
        return secret

    @staticmethod
    def _move(secret: Secret, label: str, version: str) -> None:
        if label == CURRENT and CURRENT in secret.labels:
            secret.labels[PREVIOUS] = secret.labels[CURRENT]
        secret.labels[label] = version


def _error(operation: str, code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": ""}}, operation)
