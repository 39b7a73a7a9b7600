"""What it costs to find out who is asking: round trips to AWS, and CPU time of our own.

The calls are counted on the handler itself, on an account in memory. CPU time is that of `Authenticator.authenticate`
with the real table and vault classes over clients that answer at once, so it is everything but the wire: header,
checksum, the one read, liveness, hash and comparison. What boto3 spends on a call is shown beside, since no
implementation that asks DynamoDB can avoid it.

    uv run python -m tests.bench.authentication --output json | jq '.figures[] | {name, value}'
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from tests.bench.report import Figure, microseconds, run

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "bench")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Gangway")
os.environ.setdefault("AWS_DEFAULT_REGION", "eu-west-1")

from tests.security.account import START, Account, Gangway, variables_of

WARM_REQUESTS = 100
BASE_URL = "/scim/v2/acme"


class Noon:
    """A clock that stands on the day on which the token was used last, so that no use is noted down."""

    def now(self) -> datetime:
        return START


class Stored:
    """A DynamoDB client that gives one answer, made beforehand."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self._answer = answer

    def batch_get_item(self, **_request: Any) -> dict[str, Any]:
        return self._answer


def figures() -> Iterator[Figure]:
    """Take them."""
    gangway = Gangway()
    acme = gangway.tenant("acme")
    yield from _calls(gangway, acme.token)
    yield from _own_time(gangway, acme.token)
    yield from _sessions()


def _calls(gangway: Gangway, token: str) -> Iterator[Figure]:
    account = gangway.account

    def made(handler: Any, requests: int) -> tuple[int, int]:
        account.dynamodb.forget_calls()
        account.secrets.calls.clear()
        for _ in range(requests):
            account.advance(seconds=1)
            answer = gangway.send(token, "GET", f"{BASE_URL}/ServiceProviderConfig", handler=handler)
            assert answer.status == 200
        return len(account.dynamodb.operations()), len(account.secrets.calls)

    table, vault = made(account.function("scim_api"), 1)
    yield Figure("first request of a day: DynamoDB calls", table, "calls", note="one of them notes the day down")
    cold = account.function("scim_api")
    table, vault = made(cold, 1)
    yield Figure("first request of a cold function: DynamoDB calls", table, "calls", goal=1)
    yield Figure("first request of a cold function: Secrets Manager calls", vault, "calls", goal=1)
    table, vault = made(cold, WARM_REQUESTS)
    yield Figure("warm: DynamoDB calls a request", table / WARM_REQUESTS, "calls", goal=1)
    yield Figure("warm: Secrets Manager calls a request", vault / WARM_REQUESTS, "calls", goal=0)


def _own_time(gangway: Gangway, token: str) -> Iterator[Figure]:
    from gangway.access.authentication import AuthenticationFailed, Authenticator
    from gangway.access.token import compose, new_secret
    from gangway.storage.organizations import OrganizationTable
    from gangway.storage.token_vault import TokenVault

    variables = variables_of("scim_api")
    name, prefix = variables["GANGWAY_TABLE"], variables["GANGWAY_TOKEN_PREFIX"]
    key_id = token.split("_")[1]
    keys = [{"pk": {"S": f"{key_id[:8]}#A"}, "sk": {"S": sort_key}} for sort_key in ("META", key_id)]
    stored = gangway.account.dynamodb.batch_get_item(RequestItems={name: {"Keys": keys, "ConsistentRead": True}})
    client: Any = Stored(stored)
    secrets: Any = gangway.account.secrets
    vault = TokenVault(
        secrets, secret_prefix=variables["GANGWAY_TOKEN_SECRETS"], shards=int(variables["GANGWAY_TOKEN_SHARDS"])
    )
    authenticator = Authenticator(OrganizationTable(client, name), vault, Noon(), token_prefix=prefix)

    def refused(text: str) -> None:
        try:
            authenticator.authenticate((f"Bearer {text}",), organization_name="acme")
        except AuthenticationFailed:
            return
        raise AssertionError("let in")

    accepted = microseconds(lambda: authenticator.authenticate((f"Bearer {token}",), organization_name="acme"))
    yield Figure("authenticate a live token, own CPU time", accepted, "µs", beside={"boto3 alone": _boto3(name, keys)})
    wrong = compose(prefix, key_id, new_secret())
    yield Figure("refuse a wrong secret, own CPU time", microseconds(lambda: refused(wrong)), "µs")
    typo = token[:-1] + ("a" if token[-1] != "a" else "b")
    yield Figure("refuse a typo, without any call", microseconds(lambda: refused(typo)), "µs")


def _sessions() -> Iterator[Figure]:
    """What `isolation: session` costs: calls of STS by the handler, and CPU time by the real clients."""
    from gangway.storage import aws
    from gangway.storage.data_sessions import DataSessions

    gangway = Gangway(Account(isolation="session"))
    acme = gangway.tenant("acme")

    def asked(requests: int) -> int:
        gangway.account.sts.calls.clear()
        for _ in range(requests):
            gangway.account.advance(seconds=1)
            assert acme.send("GET", "/Users").status == 200
        return len(gangway.account.sts.calls)

    first = asked(1)
    yield Figure("sessions: first request of an organization: STS calls", first, "calls", goal=1)
    yield Figure("sessions: warm: STS calls a request", asked(WARM_REQUESTS) / WARM_REQUESTS, "calls", goal=0)
    role = variables_of("scim_api", "session")["GANGWAY_DATA_ROLE"]
    sts = _answering_at_once("sts", ASSUMED)

    def begin() -> None:
        DataSessions(sts, role, aws.dynamodb_as, Noon()).client(acme.id)

    begun = microseconds(begin)
    yield Figure("sessions: begin one, CPU time", begun, "µs", note="the call of STS, and a client made of its answer")
    kept = DataSessions(sts, role, aws.dynamodb_as, Noon())
    yield Figure("sessions: find one that is kept, CPU time", microseconds(lambda: kept.client(acme.id)), "µs")


ASSUMED = b"""<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>
<AccessKeyId>ASIA</AccessKeyId><SecretAccessKey>x</SecretAccessKey><SessionToken>x</SessionToken>
<Expiration>2026-03-01T13:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>"""


def _boto3(table: str, keys: list[dict[str, Any]]) -> float:
    """CPU time that boto3 takes to ask the same and read an answer that is there at once."""
    client = _answering_at_once("dynamodb", b'{"Responses":{}}')
    return microseconds(lambda: client.batch_get_item(RequestItems={table: {"Keys": keys, "ConsistentRead": True}}))


def _answering_at_once(service: str, answer: bytes) -> Any:
    """A client as the functions have it, whose requests are all answered so, without a socket."""
    from botocore.awsrequest import AWSResponse

    from gangway.storage import aws

    client = aws.session().client(
        service,  # type: ignore[call-overload]  # the stubs list every service by name
        region_name="eu-west-1",
        aws_access_key_id="x",
        aws_secret_access_key="x",
        config=aws.CONFIG,
    )

    class Raw:
        """The body of an HTTP answer."""

        def stream(self, **_how: Any) -> Iterator[bytes]:
            yield answer

    headers: Any = {}

    def at_once(request: Any, **_more: Any) -> Any:
        return AWSResponse(request.url, 200, headers, Raw())

    client.meta.events.register(f"before-send.{service}", at_once)
    return client


if __name__ == "__main__":
    run("Authentication", figures)
