"""Functions on an emulated cloud, and what the vault holds there."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from botocore.exceptions import ClientError

from gangway.access.vault_upkeep import VaultUpkeep
from gangway.storage.vault_rotation import VaultRotation
from gangway.storage.vault_secrets import VaultSecrets
from tests.access.aws import SECRETS, Cloud
from tests.access.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Collection


class Function(Desk):
    """A running function: its own memory, the same cloud."""

    def __init__(self, cloud: Cloud, *, shards: int | None = None, dedicated: Collection[str] = ()) -> None:
        """`shards` and `dedicated`: those that this function's deployment knows; the cloud's by default."""
        vault = cloud.vault(shards, dedicated)
        super().__init__(cloud.table(), vault)
        self.vault = vault
        self.upkeep = VaultUpkeep(self.records, vault, self.clock)
        self.rotation = VaultRotation(VaultSecrets(cloud.secrets, SECRETS), vault, self.upkeep.dead)


def documents(aws: Cloud) -> list[dict[str, Any]]:
    """What the vault holds, all shards that have a value."""
    found = []
    for shard in range(aws.shards):
        try:
            answer = aws.secrets.get_secret_value(SecretId=f"{SECRETS}{shard:02d}", VersionStage="AWSCURRENT")
        except ClientError:
            continue
        found.append(json.loads(answer["SecretString"]))
    return found


def hashes(aws: Cloud) -> set[str]:
    return {key_id for document in documents(aws) for key_id in document["hashes"]}


def failure(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": "…"}}, "Operation")
