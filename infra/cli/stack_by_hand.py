"""The assumptions about AWS of `docs/aws-assumptions.md` that no request from outside settles, and what does.

They need another role, a console, a load, or a look at what `pulumi up` said. A row may also be among the checks, where
those settle only a part of it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

BY_HAND: Mapping[str, str] = {
    "G5": "run `gangway doctor --stack` directly after the first `pulumi up`, before a second one",
    "G8": "set scim-api's time-out to 1 s in the console and list a large directory: 503, a SCIM error",
    "G9": "call the admin API as a role of another account: 403",
    "G10": "as a role that may only call …/live/GET/admin/v1/orgs/acme*, read another organization: 403",
    "G12": "set firewallRate to 100 and send 200 requests with one token: 429 with Retry-After",
    "G13": "as G12 without a token: only rate-by-address counts in the firewall's metrics",
    "G14": "`openssl s_client -tls1_1 -connect HOST:443` is refused, `-tls1_2` answers",
    "G15": "run the saved query over the access log after requests with odd headers: every line is JSON",
    "L1": "see the first change arrive: `gangway events`, or `gangway trace REQUEST_ID` of a write",
    "L3": "`aws lambda list-event-source-mappings`: enabled, and the last result is no error",
    "L4": "`pulumi up` created the event source mappings",
    "L5": "compare the iterator age of change-relay and housekeeper under load",
    "L6": "compare the invocations of change-relay and housekeeper with the number of changes",
    "L7": "find metrics in the namespace Gangway after a request",
    "L8": "compare the init duration in the log with that of a bundle without `__pycache__`",
    "L10": "mint the first token of a shard: `gangway token mint ORG` in a fresh stack",
    "L12": "the first `pulumi up` created the table and the secrets",
    "L14": "`pulumi up` created the log groups",
    "L15": 'send {"Records": [{}]} to change-relay asynchronously and find it among the dead letters',
    "L16": "send ten requests and count ten lines in the log group /STACK/requests",
    "L17": "with isolation: session, read another organization's item with one organization's session: AccessDenied",
    "L18": "with isolation: session, create the first user of a new stack: 201, and neither 503 nor 500",
    "R1": "`gangway restore` in a test account, twice: the second finds everything done",
    "R2": "the first `pulumi up` with secondRegion created the copy of the table",
    "R3": "mint a token, then `aws secretsmanager describe-secret`: every copy is InSync",
    "R4": "hold the drill of docs/operations.md and send a request with a token to the second region: 200",
    "R5": "send a request to a stack that stands by: 503, a SCIM error",
    "R6": "look at ReplicationLatency of the table under load, for a week",
    "R7": "hold the drill of docs/operations.md with a clock",
    "R8": "in the drill, deny the first stack's roles everything: its background functions fail with AccessDenied",
    "R9": "at the end of the drill, copy one promoted secret back and promote it at home: its ARN is as before",
    "R10": "`pulumi preview` after the first `pulumi up` with secondRegion: no changes",
    "P1": "`pulumi preview` after touching a test: no changes",
    "P2": "`pulumi install && pulumi preview` finds infra.stack",
    "P3": "`pulumi up` with a changed gateway response, under load: no request fails",
    "P4": "restore in a test account as docs/deploy.md says: `pulumi up` adopts the table and deletes none",
    "P5": "`pulumi preview --policy-pack infra/policy` lists the pack `gangway`",
}
