"""The secrets of the vault, one call at a time: read a version, write a version, move a label.

A version of a secret is immutable and has the id of the request that wrote it; labels say which is current. Moving a
label succeeds only if it is still where its mover believes it is, which is the compare-and-swap that writers rely on.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from gangway.access.errors import VaultUnavailable
from gangway.storage.vault_document import Document, parse

if TYPE_CHECKING:
    from types_boto3_secretsmanager import SecretsManagerClient

CURRENT = "AWSCURRENT"
PENDING = "AWSPENDING"
PROPOSED = "GANGWAY_PROPOSED"

_FIRST_VERSION = str(uuid.uuid5(uuid.NAMESPACE_URL, "urn:gangway:token-vault:empty"))
_LOST_SWAP = ("InvalidParameterException", "InvalidRequestException")


class VaultSecrets:
    """The secrets below one prefix. Every method raises VaultUnavailable."""

    def __init__(self, secrets_manager: SecretsManagerClient, prefix: str) -> None:
        self._client = secrets_manager
        self.prefix = prefix

    def read(self, shard: str, label: str = CURRENT, version_id: str | None = None) -> Document | None:
        """The document that has the label; None if there is none yet, or it is another version than `version_id`."""
        try:
            answer = self._client.get_secret_value(SecretId=self.prefix + shard, VersionStage=label)
        except ClientError as error:
            if _code(error) == "ResourceNotFoundException":
                return None
            raise _unavailable() from error
        except BotoCoreError as error:
            raise _unavailable() from error
        if version_id is not None and answer["VersionId"] != version_id:
            return None
        return parse(answer["VersionId"], answer["SecretString"])

    def create(self, shard: str) -> Document:
        """Write the empty document; all first writers share its request token, which makes them one."""
        empty = Document(_FIRST_VERSION, 0, {})
        self.write(shard, empty, CURRENT)
        return empty

    def write(self, shard: str, document: Document, label: str) -> None:
        """Write a version with a label. Raises VaultFull too."""
        text = document.to_text()
        try:
            self._client.put_secret_value(
                SecretId=self.prefix + shard,
                SecretString=text,
                ClientRequestToken=document.version_id,
                VersionStages=[label],
            )
        except (ClientError, BotoCoreError) as error:
            raise _unavailable() from error

    def move_label(self, shard: str, label: str, *, away_from: str, to: str) -> bool:
        """Move a label from one version to another; False when it is no longer where it was."""
        try:
            self._client.update_secret_version_stage(
                SecretId=self.prefix + shard, VersionStage=label, RemoveFromVersionId=away_from, MoveToVersionId=to
            )
        except ClientError as error:
            if _code(error) in _LOST_SWAP:
                return False
            raise _unavailable() from error
        except BotoCoreError as error:
            raise _unavailable() from error
        return True


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code"))


def _unavailable() -> VaultUnavailable:
    return VaultUnavailable("Tokens cannot be read or written at the moment.", retry_after=5)
