"""Secrets and people's data are where they belong and nowhere else: not in logs, errors, events, nor in the program.

Random traffic is sent in which every value is a canary. Afterwards everything that was written anywhere is searched.
"""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gangway.access.token import token_hash
from tests.security.account import Gangway, declared, determined
from tests.security.traffic import STEPS, Seen, Step, take
from tests.support.client import PATCH, USER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.proxy import Reply

CANARY = "Canary"
"""Part of every value that stands for something about a person."""


@dataclass
class Traffic:
    """An organization, its client, and the error answers it got."""

    gangway: Gangway = field(default_factory=Gangway)
    errors: list[str] = field(default_factory=list)
    sent: int = 0

    def __post_init__(self) -> None:
        self.acme = self.gangway.tenant("acme")
        self.seen = Seen()

    def take(self, step: Step) -> None:
        with determined(self.sent):
            take(step, self.seen, self._send)

    def _send(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        self.sent += 1
        self.gangway.account.advance(seconds=1)
        answer = self.acme.send(method, _marked(path), json.loads(_marked(json.dumps(body))), **more)
        if answer.status >= 400:
            self.errors.append(answer.text)
        elif path == "/Bulk":
            self.errors += [json.dumps(r["response"]) for r in answer.json()["Operations"] if "response" in r]
        if method != "GET":
            self.seen.note(answer)
        return answer

    def logs(self) -> str:
        return self.gangway.account.printed.getvalue()

    def diagnosis(self) -> str:
        """What is kept of failed requests, for operators to read."""
        items = self.gangway.account.dynamodb.items()
        return json.dumps([item for item in items if item["k"]["S"] in ("failure", "refusal")])

    def published(self) -> str:
        return json.dumps(self.gangway.account.bus.entries)


def _marked(text: str) -> str:
    for name in ("ann", "ANN", "Zo", "admin"):
        text = text.replace(name, f"{CANARY}.{name}")
    return text


@pytest.mark.row("LOG-01", "INP-20", "SCM-05")
@settings(max_examples=25)
@given(st.lists(STEPS, min_size=3, max_size=15))
def test_given_random_traffic_then_no_value_of_a_person_is_in_logs_errors_or_thin_events(steps: list[Step]) -> None:
    traffic = Traffic()
    for step in [("create user", 4, 0, 0), *steps]:
        traffic.take(step)
    traffic.gangway.sweep()
    assert CANARY in json.dumps(list(traffic.gangway.account.dynamodb.items()))  # it is kept, where it belongs
    for written in (traffic.logs(), traffic.diagnosis(), traffic.published(), *traffic.errors):
        assert CANARY not in written


@pytest.mark.row("TOK-04", "TOK-16")
@settings(max_examples=8)
@given(st.lists(STEPS, max_size=5))
def test_given_a_tokens_whole_life_then_its_secret_is_nowhere_and_its_hash_in_the_vault_only(steps: list[Step]) -> None:
    traffic = Traffic()
    for step in steps:
        traffic.take(step)
    gangway, tokens = traffic.gangway, [traffic.acme.token]
    rotated = gangway.administer("POST", f"/orgs/acme/tokens/{_key_id(tokens[0])}/rotate", {"overlapHours": 1})
    tokens.append(rotated.json()["token"])
    in_the_vault = json.dumps(gangway.account.secrets.values())
    gangway.administer("POST", f"/orgs/acme/tokens/{_key_id(tokens[1])}/suspend")
    gangway.administer("POST", f"/orgs/acme/tokens/{_key_id(tokens[1])}/revoke")
    gangway.send(tokens[1], "GET", "/scim/v2/acme/Users")
    gangway.sweep()
    account = gangway.account
    everywhere = json.dumps([list(account.dynamodb.items()), account.bus.entries, traffic.logs(), traffic.errors])
    assert all(_key_id(token) in everywhere for token in tokens)
    assert not [token for token in tokens if _secret(token) in everywhere + json.dumps(account.secrets.values())]
    for token in tokens:
        assert any(spelling in in_the_vault for spelling in _hash_in_all_spellings(token))
        assert not any(spelling in everywhere for spelling in _hash_in_all_spellings(token))


def _key_id(token: str) -> str:
    return token.split("_")[1]


def _secret(token: str) -> str:
    return token.split("_")[2][:43]


def _hash_in_all_spellings(token: str) -> list[str]:
    digest = token_hash(_key_id(token), _secret(token))
    return [
        digest.hex(),
        base64.b64encode(digest).decode().rstrip("="),
        base64.urlsafe_b64encode(digest).decode().rstrip("="),
    ]


@pytest.mark.row("LOG-03", "REL-23")
@pytest.mark.parametrize("operation", ["batch_get_item", "transact_write_items", "query"])
def test_given_a_failure_whose_message_quotes_everything_then_nobody_reads_it(operation: str) -> None:
    traffic = Traffic()
    acme = traffic.acme

    def broken(name: str, request: Mapping[str, Any]) -> None:
        if name == operation:
            raise RuntimeError(f"{CANARY} {acme.token} {request}")

    traffic.gangway.account.dynamodb.before = broken
    body = {"schemas": [USER], "userName": f"{CANARY}@example.com"}
    answers = [acme.send("POST", "/Users", body), acme.send("GET", "/Users?count=10")]
    assert 500 in {answer.status for answer in answers}
    written = traffic.logs() + "".join(answer.text for answer in answers if answer.status >= 400)
    assert "RuntimeError" in traffic.logs()
    assert CANARY not in written
    assert _secret(acme.token) not in written


@pytest.mark.row("LOG-04")
@pytest.mark.parametrize("text", ['a\nlevel":"ERROR', "a\r\nb", "\x1b[31mred", "\u2028", '{"a":1}'])
def test_given_line_breaks_and_escapes_then_every_request_is_one_line_of_json(text: str) -> None:
    traffic = Traffic()
    before = len(traffic.logs().splitlines())
    acme = traffic.acme
    acme.send("POST", "/Users", {"schemas": [USER], "userName": text})
    acme.send("PATCH", "/Users/x", {"schemas": [PATCH], "Operations": [{"op": text, "path": text}]})
    acme.send(text, "/Users")
    traffic.gangway.send(None, "GET", "/scim/v2/acme/Users", headers={"Authorization": f"Bearer {text}"})
    traffic.gangway.administer("POST", "/orgs", {"name": text})
    traffic.gangway.administer("POST", f"/orgs/{text}/tokens", {"label": text})
    lines = traffic.logs().splitlines()[before:]
    assert len(lines) == 6
    assert all(isinstance(json.loads(line), dict) for line in lines)
    assert "\x1b" not in traffic.logs()


@pytest.mark.row("INF-08", "TOK-26")
def test_given_the_program_then_it_declares_no_secrets_value_and_nothing_like_a_token() -> None:
    program = declared()
    assert program.all("secretsmanager:Secret")
    assert not program.all("secretsmanager:SecretVersion")
    told = json.dumps([[each.type, each.inputs] for each in program.resources] + [dict(program.outputs)], default=str)
    assert "SecretString" not in told
    assert "AKIA" not in told
