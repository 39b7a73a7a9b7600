"""Other functions of the stack: the one that posts webhooks, and the one that delivers to an endpoint.

Both are called by name, without a queue between. The sender is waited for: its answer is what the attempt came to, so
it needs no right to tell anybody. A call that fails is not repeated by the client, as what was posted then would be
posted again; what was to be delivered is still there for whoever comes next.
"""

from __future__ import annotations

import json
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from gangway.changes.webhooks.ports import SenderUnavailableError
from gangway.changes.webhooks.posting import Answer
from gangway.storage.table import together

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gangway.changes.webhooks.ports import Post

_MAX_PAYLOAD_BYTES: Final = 5_000_000
"""Lambda takes six megabytes."""


class DispatcherBell:
    """Implements `gangway.changes.webhooks.ports.Bell`: an asynchronous call of the dispatcher."""

    def __init__(self, client: Any, function: str) -> None:
        self._client = client
        self._function = function

    def ring(self, organization_id: str, endpoint_id: str) -> None:
        """See `gangway.changes.webhooks.ports.Bell.ring`."""
        payload = json.dumps({"organization": organization_id, "endpoint": endpoint_id})
        self._client.invoke(FunctionName=self._function, InvocationType="Event", Payload=payload)


class SenderFunction:
    """Implements `gangway.changes.webhooks.ports.Sender`: a call of the sender that is waited for."""

    def __init__(self, client: Any, function: str) -> None:
        self._client = client
        self._function = function

    def post_all(self, posts: Sequence[Post]) -> list[Answer]:
        """See `gangway.changes.webhooks.ports.Sender.post_all`."""
        found = together([partial(self._invoke, payload) for payload in _payloads(posts)])
        return [Answer(**answer) for answers in found for answer in answers]

    def _invoke(self, payload: str) -> list[dict[str, Any]]:
        try:
            answer = self._client.invoke(FunctionName=self._function, Payload=payload)
            body = json.loads(answer["Payload"].read())
        except (ClientError, BotoCoreError, ValueError) as error:
            raise SenderUnavailableError("the sender cannot be called") from error
        if "FunctionError" in answer:
            raise SenderUnavailableError("the sender failed")
        answers: list[dict[str, Any]] = body["answers"]
        return answers


def _payloads(posts: Sequence[Post]) -> Iterator[str]:
    """Write posts as few payloads as take them; one post always fits."""
    chunk: list[str] = []
    size = 0
    for post in posts:
        written = json.dumps({"url": post.url, "headers": post.headers, "body": post.body.decode()}, ensure_ascii=False)
        length = len(written.encode())
        if chunk and size + length > _MAX_PAYLOAD_BYTES:
            yield f'{{"posts":[{",".join(chunk)}]}}'
            chunk, size = [], 0
        chunk.append(written)
        size += length
    if chunk:
        yield f'{{"posts":[{",".join(chunk)}]}}'
