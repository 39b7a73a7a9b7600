"""What checkov finds in the declared stack and we accept, each with the reason; anything else it finds fails a test.

A finding is accepted in the stacks that it is found in and in no others, so a reason that no longer has a finding must
leave this file.
"""

from collections.abc import Mapping
from dataclasses import dataclass

TRIAL, PRODUCTION, EVERYTHING, COPIED = "trial", "production", "everything", "private"
"""Stacks that are looked at: both presets, production with every option on, and a trial with copies in two regions."""


@dataclass(frozen=True, slots=True)
class Accepted:
    """Why a finding is accepted, and in which stacks it is found."""

    reason: str
    stacks: tuple[str, ...] = (TRIAL, PRODUCTION, EVERYTHING, COPIED)


ACCEPTED: Mapping[str, Accepted] = {
    # Functions
    "CKV_AWS_50": Accepted(
        "X-Ray: its SDK is in maintenance and would put 30 MB into the bundle. A request is followed by its id, in log "
        "lines and change events (`gangway trace`)."
    ),
    "CKV_AWS_115": Accepted(
        "Reserved concurrency takes from what other functions of the account may use; a new account has ten in all. "
        "scimConcurrency sets it for the one function that strangers can call."
    ),
    "CKV_AWS_116": Accepted(
        "Dead-letter queues of functions: background functions have failure destinations, which get the answer as well "
        "as the event; those behind the APIs are called by somebody who waits. A rule holds every one of them to that."
    ),
    "CKV_AWS_117": Accepted(
        "VPC: nothing that functions talk to is private; inside a VPC every call to DynamoDB, KMS, Secrets Manager and "
        "to customers' webhooks would go through endpoints and a NAT gateway that add cost and failures."
    ),
    "CKV_AWS_173": Accepted(
        "A key of one's own for environment variables: they hold names and numbers, no secret (a test looks), and are "
        "encrypted with the key of Lambda."
    ),
    "CKV_AWS_272": Accepted(
        "Code signing: the bundle is built from locked, hashed wheels, the same bytes on every machine, by whoever "
        "runs `pulumi up`; a signing profile would be that same person's."
    ),
    # APIs
    "CKV_AWS_73": Accepted("X-Ray on stages: see CKV_AWS_50."),
    "CKV_AWS_76": Accepted(
        "Access logs: a new account has no role to write them with, so they are off until somebody decides; every "
        "request is in the function's own log.",
        (TRIAL, COPIED),
    ),
    "CKV_AWS_120": Accepted("Caching: an answer belongs to one token at one moment; a cache would give it to others."),
    "CKV_AWS_225": Accepted("Caching of methods: see CKV_AWS_120."),
    "CKV2_AWS_4": Accepted(
        "Execution logs hold whole requests, tokens included, so the level is OFF. The access log and the function's "
        "log tell of every request without them."
    ),
    "CKV2_AWS_29": Accepted(
        "No firewall: before the SCIM API of a trial, which would pay for it by the month; before the admin API, where "
        "IAM lets in signed requests of this account only. With adminVpcEndpoints that API is not public at all.",
        (TRIAL, PRODUCTION, COPIED),
    ),
    "CKV2_AWS_51": Accepted(
        "Client certificates are for back ends over HTTP, to know the gateway by; behind these stages are functions, "
        "which IAM lets the gateway call."
    ),
    "CKV2_AWS_77": Accepted(
        "Asks for the managed rules AnonymousIpList beside those against Log4j. They stop callers from hosting "
        "providers, which is where identity providers are. Those against Log4j are there (CKV_AWS_192).",
        (PRODUCTION, EVERYTHING),
    ),
    # Logs
    "CKV_AWS_338": Accepted(
        "Logs for a year: a trial keeps them for 30 days; production keeps a year.", (TRIAL, COPIED)
    ),
}
"""By checkov's id of the check."""
