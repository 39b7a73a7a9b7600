"""What is kept: the table, the token secrets, the key, the bus."""

from collections.abc import Iterator

from tests.infra.program import Program
from tests.infra.rules.compare import differences
from tests.infra.rules.everything import PREFIX


def the_table_keeps_items_by_partition_and_sort_key(program: Program) -> Iterator[str]:
    table = program.one("Table")
    expected = {"name": PREFIX, "hashKey": "pk", "rangeKey": "sk", "billingMode": "PAY_PER_REQUEST"}
    yield from differences(table.name, table.inputs, expected)
    attributes = [(a.get("name"), a.get("type")) for a in table.inputs.get("attributes", [])]
    if attributes != [("pk", "S"), ("sk", "S")]:
        yield f"{table.name} defines the key attributes {attributes}"


def the_table_has_a_stream_expiry_and_a_way_back(program: Program) -> Iterator[str]:
    table = program.one("Table")
    expected = {
        "streamEnabled": True,
        "streamViewType": "NEW_AND_OLD_IMAGES",
        "ttl": {"attributeName": "ttl", "enabled": True},
        "pointInTimeRecovery": {"enabled": True},
        "deletionProtectionEnabled": False,
    }
    yield from differences(table.name, table.inputs, expected)


def the_stacks_key_encrypts_table_and_secrets(program: Program) -> Iterator[str]:
    key, table = program.one("Key"), program.one("Table")
    yield from differences(key.name, key.inputs, {"enableKeyRotation": True, "deletionWindowInDays": 7})
    expected = {"serverSideEncryption": {"enabled": True, "kmsKeyArn": key.arn}}
    yield from differences(table.name, table.inputs, expected)
    for secret in program.all("Secret"):
        yield from differences(secret.name, secret.inputs, {"kmsKeyId": key.arn})
    alias = program.one("Alias")
    yield from differences(alias.name, alias.inputs, {"targetKeyId": key.outputs.get("keyId")})


def there_is_a_secret_for_every_shard_and_no_value(program: Program) -> Iterator[str]:
    names = sorted(secret.inputs.get("name", "") for secret in program.all("Secret"))
    expected = [f"{PREFIX}/tokens/{shard:02}" for shard in range(16)]
    if names != expected:
        yield f"the secrets are called {names}"
    for secret in program.all("Secret"):
        yield from differences(secret.name, secret.inputs, {"recoveryWindowInDays": 0})
    for version in program.all("SecretVersion"):
        yield f"{version.name} would put a value into the state, and back over later ones"


def there_is_a_bus_for_change_events(program: Program) -> Iterator[str]:
    bus = program.one("EventBus")
    yield from differences(bus.name, bus.inputs, {"name": PREFIX})


RULES = (
    the_table_keeps_items_by_partition_and_sort_key,
    the_table_has_a_stream_expiry_and_a_way_back,
    the_stacks_key_encrypts_table_and_secrets,
    there_is_a_secret_for_every_shard_and_no_value,
    there_is_a_bus_for_change_events,
)
