"""What is kept: the key, the table and the token secrets; or, in the stack of a second region, the copies of them.

A second region is a stack of its own, because the stack of the first could not be deployed while that region is down,
and that is when the second has to be brought to work. What is kept belongs to the first stack: it makes a key in the
second region, and copies table and secrets there. The second stack finds them by their names and makes none.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pulumi_aws as aws

from infra.stack import catalogue
from infra.stack.configuration import SettingsError
from infra.stack.encryption import PUBLISHERS, EncryptionKey, EncryptionKeyArgs
from infra.stack.naming import Names, Place
from infra.stack.replica import Replica
from infra.stack.table import Table, TableArgs
from infra.stack.vault import TokenVault, TokenVaultArgs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pulumi

    from infra.stack.settings import Settings

KNOW_TOKENS = (*catalogue.READS_TOKENS, *catalogue.WRITES_TOKENS)


@dataclass(frozen=True, slots=True)
class Kept:
    """What a stack's functions read and write.

    Attributes:
        key_arn: key that encrypts all of it, in the stack's region.
        table: name of the table.
        table_name: the same, known when it exists.
        table_arn: its ARN.
        stream_arn: its stream's.
        secrets_arn: pattern of the ARNs of the secrets with token hashes.
        secrets: each shard by its name; none where they are copies, which are not rotated by themselves.
    """

    key_arn: pulumi.Input[str]
    table: str
    table_name: pulumi.Input[str]
    table_arn: pulumi.Input[str]
    stream_arn: pulumi.Input[str]
    secrets_arn: pulumi.Input[str]
    secrets: Sequence[tuple[str, aws.secretsmanager.Secret]] = ()


def keep(settings: Settings, names: Names, second: Names | None, place: Place) -> Kept:
    """Make what is kept, and its copies if there is a second region.

    Args:
        settings: of this stack.
        names: of this stack.
        second: names of the stack of the second region; None: there is none.
        place: of this stack.

    Raises:
        SettingsError: the second region is the first, or its stack this one.
    """
    if second:
        check_second(settings, names, second, place)
    key = _key("encryption", names, place, settings, PUBLISHERS if settings.alarms else ())
    replica = None
    if second:
        # Whether the second stack has alarms is not known here.
        there = Place(place.account, settings.second_region)
        copies = _key("second-region", second, there, settings, PUBLISHERS, home=place.region)
        replica = Replica(settings.second_region, copies.arn)
    name = settings.restored_table or names.prefix
    table = Table(
        "directory",
        TableArgs(
            table_name=name,
            key_arn=key.arn,
            recovery_days=settings.recovery_days,
            protect=settings.deletion_protection,
            adopt=bool(settings.restored_table),
            replica=replica,
        ),
    )
    stacks = [names, *([second] if second else [])]
    vault = TokenVault(
        "tokens",
        TokenVaultArgs(
            secrets_prefix=names.token_secrets,
            shards=settings.token_shards,
            dedicated=settings.dedicated_token_secrets,
            key_arn=key.arn,
            users=[place.arn("iam", f"role/{stack.function(service)}") for stack in stacks for service in KNOW_TOKENS],
            protect=settings.deletion_protection,
            replica=replica,
        ),
    )
    return Kept(key.arn, name, table.table_name, table.arn, table.stream_arn, vault.secrets_arn, vault.secrets)


def find_copies(settings: Settings, primary: Names, names: Names, place: Place) -> Kept:
    """Find what the stack of the first region has copied here.

    Args:
        settings: of this stack.
        primary: names of the stack of the first region.
        names: of this stack; the key that encrypts the copies has its alias.
        place: of this stack.
    """
    key = aws.kms.get_alias_output(name=names.key_alias)
    name = settings.restored_table or primary.prefix
    table = aws.dynamodb.get_table_output(name=name)
    secrets_arn = place.arn("secretsmanager", f"secret:{primary.token_secrets}*")
    return Kept(key.target_key_arn, name, table.name, table.arn, table.stream_arn, secrets_arn)


def check_second(settings: Settings, names: Names, second: Names, place: Place) -> None:
    """See that the second stack is another one, elsewhere. Raises SettingsError."""
    if settings.second_region == place.region:
        raise SettingsError(f"secondRegion: {place.region} is the region of this stack; name another")
    if second == names:
        raise SettingsError(f"secondStack: {settings.second_stack} is this stack; name that of the second region")


def _key(
    name: str, names: Names, place: Place, settings: Settings, publishers: Sequence[str], home: str | None = None
) -> EncryptionKey:
    return EncryptionKey(
        name,
        EncryptionKeyArgs(
            alias=names.key_alias,
            place=place,
            prefix=names.prefix,
            uses=catalogue.key_uses(names, data_role=settings.sessions),
            log_groups=(names.request_logs, names.function_logs("*"), names.gateway_logs("*"), names.firewall_logs),
            publishers=publishers,
            protect=settings.deletion_protection,
            home=home,
        ),
    )
