"""The policy pack finds nothing in the declared stack, names every mistake sown into it, and serves Pulumi."""

import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path as FilePath
from typing import Any

import grpc
import pulumi
import pytest
from google.protobuf import empty_pb2, json_format, struct_pb2
from pulumi.runtime.proto import analyzer_pb2, analyzer_pb2_grpc
from pulumi_policy import (
    PolicyCustomTimeouts,
    PolicyResource,
    PolicyResourceOptions,
    ResourceValidationArgs,
    ResourceValidationPolicy,
    StackValidationArgs,
    StackValidationPolicy,
)
from pulumi_policy.proxy import UNKNOWN_STRING_VALUE, unknown_checking_proxy

from infra.local.recorder import Recording, Resource, record
from infra.policy.pack import policies
from tests.infra.program import CODE, OPTIONS, Path

STACKS = ("trial", "everything", "private")
"""The others are asked the same rules in test_program, without Pulumi between."""
PACK = FilePath(__file__).parents[2] / "infra" / "policy"
OPTS = PolicyResourceOptions(False, [], None, [], PolicyCustomTimeouts(0, 0, 0), [], None)


@cache
def recorded(options: str, *, preview: bool = False) -> Recording:
    return record({"codeArchive": CODE, **OPTIONS[options]}, preview=preview)


def properties(resource: Resource) -> dict[str, Any]:
    """Inputs as Pulumi sends them to a pack, but for archives."""
    message = json_format.ParseDict(_sent(resource.inputs), struct_pb2.Struct())
    found: dict[str, Any] = json_format.MessageToDict(message)
    return found


def _sent(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _sent(item) for key, item in value.items() if not isinstance(item, pulumi.Archive)}
    if isinstance(value, list):
        return [_sent(item) for item in value]
    return UNKNOWN_STRING_VALUE if isinstance(value, pulumi.output.Unknown) else value


type Changed = Mapping[str, Any]
"""The properties of one resource, by its name, in place of its own."""


def reports(recording: Recording, changed: Changed | None = None, only: str = "") -> set[tuple[str, str]]:
    """Policy and message of everything that the pack reports; of one policy, and of what was changed, if given."""
    own = changed or {}
    found: set[tuple[str, str]] = set()

    def inputs(each: Resource) -> Any:
        return unknown_checking_proxy(own[each.name] if each.custom and each.name in own else properties(each))

    for policy in (each for each in policies() if only in ("", each.name)):

        def report(message: str, _urn: str | None = None, policy: str = policy.name) -> None:
            found.add((policy, message))

        if isinstance(policy, ResourceValidationPolicy):
            for each in (each for each in recording.resources if not own or each.name in own):
                args = ResourceValidationArgs(each.type, inputs(each), each.urn, each.name, OPTS, None, None, {})
                policy.validate(args, report)
        elif isinstance(policy, StackValidationPolicy):
            stack = [
                PolicyResource(each.type, inputs(each), each.urn, each.name, OPTS, None, None, [], {})
                for each in recording.resources
            ]
            policy.validate(StackValidationArgs(stack, None, {}), report)
    return found


@pytest.mark.parametrize("options", STACKS)
def test_given_the_declared_stack_then_the_pack_reports_nothing(options: str) -> None:
    assert reports(recorded(options)) == set()


@pytest.mark.parametrize("options", STACKS)
def test_given_a_first_preview_then_what_is_unknown_breaks_no_rule(options: str) -> None:
    assert reports(recorded(options, preview=True)) == set()


def put(properties: dict[str, Any], path: Path, value: Any) -> None:
    *above, last = path
    place: Any = properties
    for key in above:
        place = place[key]
    if value is None:
        del place[last]
    else:
        place[last] = value


ANYTHING = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}'
EVERYBODY = '{"Statement": [{"Effect": "Allow", "Principal": "*", "Action": "sns:Publish", "Resource": "*"}]}'
ANYBODY = '{"Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}'
UNTAGGED = '{"Statement": [{"Effect": "Allow", "Action": ["dynamodb:GetItem"], "Resource": ["arn:aws:dynamodb:::t"]}]}'
RESPONSES = '{"x-amazon-apigateway-gateway-responses": {"REQUEST_TOO_BIG": {"statusCode": "413"}}}'
RULES = '[{"Name": "rule", "Priority": 0, "Statement": {}, "Action": {}}]'
INDEX = [{"name": "byName", "hashKey": "name", "projectionType": "ALL"}]
TOLD = "every-function-is-told-what-it-asks-for-and-nothing-else"

MISTAKES: list[tuple[str, Path, Any, str]] = [
    ("directory-table", ("serverSideEncryption", "kmsKeyArn"), None, "data-is-encrypted-with-the-stacks-key"),
    ("directory-table", ("serverSideEncryption", "enabled"), False, "data-is-encrypted-with-the-stacks-key"),
    ("tokens-00", ("kmsKeyId",), None, "data-is-encrypted-with-the-stacks-key"),
    ("change-relay-dead-letters", ("sqsManagedSseEnabled",), False, "queues-are-encrypted"),
    ("directory-table", ("pointInTimeRecovery", "enabled"), False, "tables-can-be-restored"),
    ("directory-table", ("globalSecondaryIndexes",), INDEX, "indexes-are-over-attributes"),
    ("directory-replica", ("kmsKeyArn",), None, "data-is-encrypted-with-the-stacks-key"),
    ("directory-replica", ("pointInTimeRecovery",), False, "tables-can-be-restored"),
    ("tokens-00", ("replicas",), [{"region": "us-west-2"}], "copies-are-encrypted-with-a-key-of-their-region"),
    ("encryption-key", ("enableKeyRotation",), False, "keys-rotate"),
    ("change-relay-logs", ("retentionInDays",), None, "logs-end"),
    ("scim-api-policy", ("policy",), ANYTHING, "policies-name-what-they-allow"),
    ("watch-topic-policy", ("policy",), EVERYBODY, "nothing-is-open-to-everybody"),
    ("scim-api-role", ("assumeRolePolicy",), ANYBODY, "roles-trust-named-takers"),
    ("scim-data-policy", ("policy",), UNTAGGED, "tagged-sessions-reach-what-their-tag-says"),
    ("scim-permission", ("sourceArn",), None, "functions-are-called-for-one-source"),
    ("scim-permission", ("principal",), "*", "functions-are-called-for-one-source"),
    ("scim-api-function", ("runtime",), "python3.9", "functions-run-what-was-tested"),
    ("scim-api-function", ("handler",), "handlers.scim_api.main", "handlers-are-modules-of-ours"),
    ("scim-api-function", ("environment", "variables", "GANGWAY_RATE_LIMITS"), "50", TOLD),
    ("scim-api-function", ("environment", "variables", "GANGWAY_TABLE"), None, TOLD),
    ("scim-permission", ("function",), "gangway-local-scim", "calls-are-allowed-of-functions-that-exist"),
    ("change-relay-mapping", ("bisectBatchOnFunctionError",), False, "records-that-fail-hold-up-nothing-and-are-kept"),
    ("change-relay-mapping", ("destinationConfig",), None, "records-that-fail-hold-up-nothing-and-are-kept"),
    ("change-relay-calls", ("destinationConfig",), None, "calls-that-fail-are-kept"),
    ("change-relay-calls", ("functionName",), "another", "every-function-that-is-woken-keeps-its-failures"),
    ("change-relay-logs", ("name",), "/aws/lambda/another", "every-function-has-logs-of-its-own"),
    ("scim-api", ("securityPolicy",), "TLS_1_0", "doors-speak-current-tls"),
    ("scim-api", ("body",), RESPONSES, "there-is-a-gateway-response-of-every-type"),
    ("scim-limits", ("settings", "cachingEnabled"), True, "answers-are-limited-and-not-kept"),
    ("scim-stage", ("accessLogSettings", "format"), '{"q": "$context.path"}', "access-logs-hold-nothing-secret"),
    ("scim-deployment", ("triggers",), {}, "changes-of-apis-are-deployed"),
    ("firewall-acl", ("ruleJson",), RULES, "every-rule-of-the-firewall-acts"),
    ("alarm-scim-api-errors", ("metricName",), "Invocations", "alarms-watch-everything-that-can-fail"),
    ("alarm-scim-api-errors", ("alarmActions",), None, "alarms-are-heard"),
]


@pytest.mark.parametrize(("name", "path", "value", "policy"), MISTAKES)
def test_when_a_mistake_is_made_then_its_policy_is_named(name: str, path: Path, value: Any, policy: str) -> None:
    recording = recorded("private" if name == "directory-replica" else "everything")
    mistaken = properties(recording_of(recording, name))
    put(mistaken, path, value)
    assert reports(recording, {name: mistaken}, only=policy)


def recording_of(recording: Recording, name: str) -> Resource:
    (found,) = (each for each in recording.resources if each.custom and each.name == name)
    return found


def test_given_a_secrets_value_in_the_program_then_its_policy_is_named() -> None:
    version = Resource("urn", "aws:secretsmanager/secretVersion:SecretVersion", "value", custom=True)
    assert {policy for policy, _ in reports(Recording((version,), {}))} == {"secrets-have-no-value-in-the-program"}


def test_given_the_mistakes_then_every_policy_is_named_by_one() -> None:
    named = {policy for *_, policy in MISTAKES} | {"secrets-have-no-value-in-the-program"}
    assert named == {policy.name for policy in policies()}


@pytest.fixture(scope="module")
def served() -> Iterator[analyzer_pb2_grpc.AnalyzerStub]:
    """The pack as Pulumi starts it: its folder is run by Python, and the first line it prints is its port."""
    command = [sys.executable, "-u", str(PACK)]
    with subprocess.Popen(command, cwd=PACK, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            with grpc.insecure_channel(f"127.0.0.1:{process.stdout.readline().strip()}") as channel:
                yield analyzer_pb2_grpc.AnalyzerStub(channel)
        finally:
            process.kill()


@pytest.mark.slow
def test_given_the_pack_in_a_process_of_its_own_then_it_answers_as_pulumi_asks(
    served: analyzer_pb2_grpc.AnalyzerStub,
) -> None:
    info = served.GetAnalyzerInfo(empty_pb2.Empty())
    assert info.name == "gangway"
    assert [policy.name for policy in info.policies] == [policy.name for policy in policies()]
    table = recording_of(recorded("trial"), "directory-table")
    good = json_format.ParseDict(properties(table), struct_pb2.Struct())
    asked = analyzer_pb2.AnalyzeRequest(type=table.type, name=table.name, urn=table.urn, properties=good)
    assert not served.Analyze(asked).diagnostics
    bad = properties(table)
    put(bad, ("pointInTimeRecovery",), None)
    asked.properties.CopyFrom(json_format.ParseDict(bad, struct_pb2.Struct()))
    (found,) = served.Analyze(asked).diagnostics
    assert (found.policyName, found.enforcementLevel) == ("tables-can-be-restored", analyzer_pb2.MANDATORY)
    assert "directory-table: cannot be restored" in found.message
