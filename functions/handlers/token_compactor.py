"""token-compactor: keeps the vault of token hashes small.

Two things wake it. Secrets Manager, to rotate a shard in its four steps; and a schedule, on which every shard that
holds hashes of dead tokens is compacted, and how full the fullest one is goes to a metric.
"""

# ruff: noqa: E402 - the collector must be off before anything is imported, see `scim_api`
from __future__ import annotations

import gc

gc.disable()

from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.metrics import MetricUnit

from gangway.access.vault_upkeep import VaultUpkeep
from gangway.clock import SystemClock
from gangway.observability import describe_failure, logger, metrics
from gangway.settings.background import TokenCompactorSettings
from gangway.storage import aws
from gangway.storage.organizations import OrganizationTable
from gangway.storage.token_vault import TokenVault
from gangway.storage.vault_rotation import VaultRotation
from gangway.storage.vault_secrets import VaultSecrets

if TYPE_CHECKING:
    from collections.abc import Mapping

_settings = TokenCompactorSettings.from_environment()
_vault = TokenVault(
    aws.secrets_manager(),
    secret_prefix=_settings.token_secrets,
    shards=_settings.token_shards,
    dedicated=_settings.dedicated_secrets,
)
_upkeep = VaultUpkeep(OrganizationTable(aws.dynamodb(), _settings.table), _vault, SystemClock())
_rotation = VaultRotation(VaultSecrets(aws.secrets_manager(), _settings.token_secrets), _vault, _upkeep.dead)


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Play one step of a rotation, or compact all shards."""
    try:
        if "Step" in event:
            _rotation.play(event["Step"], event["SecretId"], event["ClientRequestToken"])
        else:
            _compact()
    except Exception as error:
        logger.error("compaction failed", step=event.get("Step"), **describe_failure(error))
        raise
    finally:
        metrics.flush_metrics()
    return {}


def _compact() -> None:
    done = _upkeep.compact()
    metrics.add_metric("TokenShardFill", MetricUnit.Percent, round(100 * done.fill, 1))


gc.freeze()
gc.enable()
