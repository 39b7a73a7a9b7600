"""Alarms over metrics that the functions write themselves, with the function as the only dimension."""

from __future__ import annotations

from infra.stack.alarm import HOURS, MINUTES, Alarm
from infra.stack.function import METRICS_NAMESPACE


def _own(service: str, metric: str, name: str, meaning: str, todo: str, **more: float) -> Alarm:
    settings = {"above": 0, "seconds": 5 * MINUTES, "times": 1} | more
    return Alarm(
        name,
        meaning,
        todo,
        METRICS_NAMESPACE,
        metric,
        {"service": service},
        above=settings["above"],
        seconds=int(settings["seconds"]),
        times=int(settings["times"]),
        statistic="Maximum",
    )


OWN_ALARMS = (
    _own(
        "scim-api",
        "VaultFailures",
        "authentication-faults",
        "Tokens could not be checked because the vault or the key did not answer; those requests got 503.",
        "Open the saved query `failed requests`. If the key is disabled or a secret was deleted, restore it.",
    ),
    _own(
        "admin-api",
        "VaultFailures",
        "minting-faults",
        "The admin API could not read or write the token vault.",
        "Open the saved query `failed requests`; a full shard says so by itself (token-shard-fill).",
    ),
    _own(
        "change-relay",
        "OutboxAge",
        "outbox-age",
        "A change has waited for more than ten minutes to become an event; the application does not know of it yet.",
        "See change-relay's errors. What waits is in the table and is published in order once the cause is gone.",
        above=600,
        times=2,
    ),
    _own(
        "change-relay",
        "EventsSetAside",
        "events-set-aside",
        "An event could not be numbered or published and was set aside, so that those behind it go on.",
        "`events set aside` in change-relay's log says whose; `gangway fsck ORG --repair` tells again what is missing.",
    ),
    _own(
        "webhook-dispatcher",
        "WebhooksDead",
        "webhooks-dead",
        "A webhook was given up on after all attempts; its receiver lacks that event.",
        "Ask whoever runs the receiver; then `gangway webhook redrive` sends what it lacks.",
    ),
    _own(
        "webhook-dispatcher",
        "EndpointsDisabled",
        "endpoint-disabled",
        "A webhook receiver failed for days and was switched off.",
        "Ask whoever runs it; enabling it again sends what it lacks, in order.",
    ),
    _own(
        "housekeeper",
        "HousekeepingFailures",
        "housekeeping",
        "Large changes of members cannot be finished; readers see them, but each writer has to do the work again.",
        "Look for `housekeeping failed` in housekeeper's log.",
        times=3,
    ),
    _own(
        "housekeeper",
        "TokensExpiring",
        "tokens-expiring",
        "A token that is in use expires within 14 days, and no other is there to follow it.",
        "Find it with `gangway token list ORG`, mint one, give it to the customer; provisioning stops otherwise.",
        seconds=HOURS,
    ),
    _own(
        "token-compactor",
        "TokenShardFill",
        "token-shard-fill",
        "A secret with token hashes is filled to more than 60 percent; when it is full, no token can be minted there.",
        "Raise tokenShards: new organizations go to the new shards. Revoke tokens that nobody uses.",
        above=60,
        seconds=24 * HOURS,
    ),
)
