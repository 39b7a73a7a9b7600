"""webhook-sender: posts what the dispatcher has signed, and answers with what came of it.

It has no rights in AWS and is told of nothing of the stack, because it talks to addresses that customers choose:
whoever took it over would have won the messages of one call. What it posts and what it is answered is logged nowhere.
"""

from __future__ import annotations

import ipaddress
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gangway.changes.webhooks.posting import Poster
from gangway.settings.background import WebhookSenderSettings

if TYPE_CHECKING:
    from collections.abc import Mapping

_settings = WebhookSenderSettings.from_environment()
_poster = Poster([ipaddress.ip_network(network) for network in _settings.webhook_networks])


def handler(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Post all messages at the same time; one answer each, in the same order."""
    posts = event["posts"]
    with ThreadPoolExecutor(max_workers=max(1, len(posts))) as pool:
        answers = list(pool.map(lambda post: _poster.post(post["url"], post["headers"], post["body"].encode()), posts))
    return {"answers": [asdict(answer) for answer in answers]}
