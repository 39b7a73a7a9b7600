"""Table and vault together, on moto: ordinary days, races, and services that are down."""

from __future__ import annotations

import itertools
import json
import threading
from typing import TYPE_CHECKING, Any

import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.access.errors import TokenLimitReached, VaultFull
from gangway.access.ports import HashLocation
from gangway.access.token import token_hash
from gangway.scim.errors import Unavailable
from gangway.storage import vault_document
from tests.access.aws import SECRETS, TABLE, Cloud, cloud
from tests.access.fakes import ME, NOON, SettableClock
from tests.access.functions import Function, documents, failure, hashes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gangway.access.organization import Organization
    from gangway.access.tokens import Minted


@pytest.fixture
def aws() -> Iterator[Cloud]:
    with cloud() as running:
        yield running


@pytest.fixture
def function(aws: Cloud) -> Function:
    return Function(aws)


@pytest.fixture
def acme(function: Function) -> Organization:
    return function.organization("acme")


# ------------------------------------------------------------------------------------------------------- ordinary days


def test_given_a_secret_without_a_value_when_the_first_token_is_minted_then_it_opens_everywhere(
    aws: Cloud, function: Function, acme: Organization
) -> None:
    minted = function.mint(acme)
    assert function.accepts(minted)
    assert Function(aws).accepts(minted)


def test_given_a_warm_function_when_it_authenticates_then_one_call_to_the_table_and_none_to_the_vault(
    aws: Cloud, function: Function, acme: Organization
) -> None:
    minted = function.mint(acme)
    function.accepts(minted)
    aws.calls.made.clear()
    for _ in range(20):
        assert function.accepts(minted)
    assert aws.calls.made == ["BatchGetItem"] * 20


def test_TOK_04_given_a_minted_token_then_its_text_and_secret_are_nowhere(
    aws: Cloud, function: Function, acme: Organization
) -> None:
    minted = function.mint(acme)
    kept = json.dumps([aws.dynamodb.scan(TableName=TABLE)["Items"], documents(aws), repr(function.tokens.list(acme))])
    assert minted.key_id in kept
    assert minted.token not in kept
    assert minted.token.split("_")[2][:43] not in kept


def test_TOK_18_given_a_warm_function_when_tokens_change_elsewhere_then_it_knows_at_their_first_use(
    aws: Cloud, function: Function, acme: Organization
) -> None:
    old = function.mint(acme)
    warm = Function(aws)
    assert warm.accepts(old)
    function.revocation.revoke(acme, old.key_id, by=ME)
    new = function.mint(acme)
    aws.calls.made.clear()
    assert not warm.accepts(old)
    assert warm.accepts(new)
    assert warm.accepts(new)
    assert aws.calls.made.count("GetSecretValue") == 1


def test_given_organizations_and_tokens_then_the_table_gives_them_back_as_they_were(
    aws: Cloud, function: Function, acme: Organization
) -> None:
    globex = function.organization("globex", provider="okta", strict=True, display_name="Globex Inc.")
    assert Function(aws).organizations.page() == ((acme, globex), None)
    minted = function.mint(acme, label="é", expires=SettableClock().time.replace(year=2027), scopes=["read-only"])
    assert Function(aws).tokens.list(acme) == (minted.record,)


# ---------------------------------------------------------------------------------------------------------------- races


def together(tasks: list[Callable[[], object]]) -> None:
    threads = [threading.Thread(target=task) for task in tasks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def test_TOK_14_given_twelve_minters_on_one_empty_shard_when_they_race_then_every_token_is_kept() -> None:
    with cloud(shards=1) as aws:
        names = [f"org-{n}" for n in range(12)]
        for name in names:
            Function(aws).organization(name)
        minted: list[Minted] = []

        def mint(name: str) -> None:
            function = Function(aws)
            minted.append(function.mint(function.organizations.get(name)))

        together([lambda name=name: mint(name) for name in names])  # type: ignore[misc] # a default binds the name
        assert len(minted) == 12
        assert hashes(aws) == {token.key_id for token in minted}
        assert all(Function(aws).accepts(token) for token in minted)
        assert documents(aws)[0]["rev"] == 12


def test_TOK_08_given_minters_of_one_organization_when_they_race_then_no_more_than_two_win(
    aws: Cloud, acme: Organization
) -> None:
    minted: list[Minted] = []

    def mint() -> None:
        try:
            minted.append(Function(aws).mint(acme))
        except TokenLimitReached:
            return

    together([mint] * 6)
    assert len(minted) == 2
    assert {record.key_id for record in Function(aws).tokens.list(acme)} == {token.key_id for token in minted}


@settings(deadline=None, max_examples=6)
@given(st.lists(st.sampled_from(["mint", "revoke"]), min_size=2, max_size=5))
def test_TOK_15_given_concurrent_minting_and_revoking_then_what_opens_is_what_the_items_call_live(
    actions: list[str],
) -> None:
    with cloud(shards=1) as aws:
        function = Function(aws)
        acme = function.organization("acme")
        tokens = [function.mint(acme), function.mint(acme)]

        def act(action: str) -> None:
            try:
                if action == "mint":
                    tokens.append(Function(aws).mint(acme))
                else:
                    Function(aws).revocation.revoke(acme, tokens[0].key_id, by=ME)
            except TokenLimitReached:
                return

        together([lambda action=action: act(action) for action in actions])  # type: ignore[misc] # as above
        live = {record.key_id for record in function.tokens.list(acme) if record.state == "active"}
        assert {token.key_id for token in tokens if Function(aws).accepts(token)} == live
        assert len(live) <= 2


# ----------------------------------------------------------------------------------------------- services that are down


def test_TOK_19_given_secrets_manager_is_down_when_a_warm_function_authenticates_then_it_goes_on(
    aws: Cloud, function: Function, acme: Organization
) -> None:
    minted = function.mint(acme)
    assert function.accepts(minted)
    aws.calls.fail(1, failure("InternalServiceError"))
    assert function.accepts(minted)
    assert len(aws.calls.made) == 1


@pytest.mark.parametrize(
    "error",
    [
        failure("InternalServiceError"),
        failure("DecryptionFailure"),
        failure("AccessDeniedException"),
        ConnectTimeoutError(endpoint_url="…"),
    ],
)
def test_TOK_20_TOK_23_given_secrets_manager_or_its_key_is_down_when_a_cold_function_authenticates_then_503(
    aws: Cloud, function: Function, acme: Organization, error: Exception
) -> None:
    minted = function.mint(acme)
    aws.calls.fail(1, error)
    with pytest.raises(Unavailable) as raised:
        Function(aws).accepts(minted)
    assert int(raised.value.headers["Retry-After"]) >= 1


@pytest.mark.parametrize("error", [failure("InternalServerError"), failure("ThrottlingException")])
def test_TOK_22_given_the_table_is_down_when_a_function_authenticates_then_503(
    aws: Cloud, function: Function, acme: Organization, error: Exception
) -> None:
    minted = function.mint(acme)
    aws.calls.fail(0, error)
    with pytest.raises(Unavailable):
        function.accepts(minted)


def test_TOK_21_given_a_vault_that_shows_a_new_hash_late_then_waiting_a_moment_is_enough(
    aws: Cloud, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    Function(aws).mint(acme)
    before = aws.secrets.get_secret_value
    stale: dict[str, Any] = {}
    for shard in range(aws.shards):
        name = f"{SECRETS}{shard:02d}"
        try:
            stale[name] = before(SecretId=name, VersionStage="AWSCURRENT")
        except ClientError:
            continue
    minted = Function(aws).mint(acme)
    reads = itertools.count()

    def late(**parameters: Any) -> Any:
        return stale[parameters["SecretId"]] if next(reads) < 2 else before(**parameters)

    monkeypatch.setattr(aws.secrets, "get_secret_value", late)
    assert Function(aws).accepts(minted)


def overwrite(aws: Cloud, secret: str, text: str) -> None:
    """Make something the current version, by labels: moto's plain PutSecretValue leaves AWSCURRENT on two versions."""
    before = aws.secrets.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["VersionId"]
    after = aws.secrets.put_secret_value(SecretId=secret, SecretString=text, VersionStages=["REPAIR"])["VersionId"]
    aws.secrets.update_secret_version_stage(
        SecretId=secret, VersionStage="AWSCURRENT", RemoveFromVersionId=before, MoveToVersionId=after
    )


def current(aws: Cloud, acme: Organization) -> str:
    """The secret that holds the hashes of an organization."""
    (record, *_) = Function(aws).tokens.list(acme)
    return SECRETS + record.shard


@pytest.mark.parametrize(
    "document",
    [
        "",
        "{",
        "[]",
        "{}",
        '{"v":99,"rev":9,"hashes":{}}',
        '{"v":1,"rev":"9","hashes":{}}',
        '{"v":1,"rev":9,"hashes":[]}',
        '{"v":1,"rev":9,"hashes":{}}',
    ],
)
def test_TOK_24_SCM_06_given_a_damaged_document_then_503_for_cold_functions_and_warm_ones_go_on(
    aws: Cloud, function: Function, acme: Organization, document: str
) -> None:
    minted = function.mint(acme)
    assert function.accepts(minted)
    overwrite(aws, current(aws, acme), document or " ")
    assert function.accepts(minted)
    with pytest.raises(Unavailable):
        Function(aws).accepts(minted)


@pytest.mark.parametrize("entry", ["", "s256:", "s256:AAAA", "md5:" + "A" * 44])
def test_SCM_06_given_an_empty_or_foreign_hash_then_nothing_compares_equal_to_it(
    aws: Cloud, acme: Organization, entry: str
) -> None:
    minted = Function(aws).mint(acme)
    document = json.dumps({"v": 1, "rev": 5, "hashes": {minted.key_id: entry}})
    overwrite(aws, current(aws, acme), document)
    with pytest.raises(Unavailable):
        Function(aws).accepts(minted)


def test_TOK_24_given_a_document_that_went_back_then_a_warm_function_keeps_the_newer_one(
    aws: Cloud, acme: Organization
) -> None:
    first = Function(aws).mint(acme)
    secret = current(aws, acme)
    older = aws.secrets.get_secret_value(SecretId=secret, VersionStage="AWSCURRENT")["SecretString"]
    second = Function(aws).mint(acme)
    warm = Function(aws)
    assert warm.accepts(second)
    overwrite(aws, secret, older)
    assert warm.accepts(first)
    assert warm.accepts(second)
    with pytest.raises(Unavailable):
        Function(aws).accepts(second)


def test_TOK_25_given_a_full_secret_when_minting_then_it_is_refused_and_existing_tokens_go_on(
    aws: Cloud, function: Function, acme: Organization, monkeypatch: pytest.MonkeyPatch
) -> None:
    minted = function.mint(acme)
    monkeypatch.setattr(vault_document, "MAX_DOCUMENT_BYTES", 150)
    with pytest.raises(VaultFull):
        function.mint(acme)
    assert Function(aws).accepts(minted)
    assert len(function.tokens.list(acme)) == 1


def test_TOK_34_given_many_writes_by_others_and_pruned_versions_then_a_quiet_token_still_opens() -> None:
    with cloud(shards=1) as aws:
        quiet = Function(aws)
        token = quiet.mint(quiet.organization("quiet"))
        vault = aws.vault()
        for n in range(30):
            vault.add(f"other{n:011d}", token_hash("x" * 16, "y"), NOON)
        secret = SECRETS + "00"
        kept = aws.secrets.describe_secret(SecretId=secret)["VersionIdsToStages"]
        assert sum(bool(labels) for labels in kept.values()) <= 3  # AWSCURRENT, AWSPREVIOUS, GANGWAY_PROPOSED
        assert quiet.accepts(token)
        assert Function(aws).accepts(token)


def test_given_a_hash_that_nobody_wrote_then_the_vault_asks_again_and_gives_up_without_an_answer(aws: Cloud) -> None:
    vault = aws.vault()
    vault.add("AAAAAAAA00000000", bytes(32), NOON)
    location = vault.add("AAAAAAAA00000001", bytes(32), NOON)
    aws.calls.made.clear()
    with pytest.raises(Unavailable):
        aws.vault().find(location, "AAAAAAAA00000009")
    assert aws.calls.made == ["GetSecretValue"]  # late enough and without the hash: asking again would not help
    with pytest.raises(Unavailable):
        aws.vault().find(HashLocation(location.shard, location.revision + 1), "AAAAAAAA00000009")
    assert len(aws.calls.made) == 4
