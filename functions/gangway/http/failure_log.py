"""Hands what failed to the recorder of failures, with the shapes of query and body.

Called after the answer is known and only if it is an error, so a request that succeeds pays one comparison. Shapes are
taken here, from the request as it came: a body that could not be parsed is told by its length. Whatever goes wrong
here is said in the request's line and changes nothing of the answer.
"""

from __future__ import annotations

import base64
import json
from functools import cached_property
from typing import TYPE_CHECKING, Any

from gangway.diagnosis.shapes import body_shape, query_shape
from gangway.http.request_log import known_method
from gangway.observability import describe_failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from gangway.diagnosis.recorder import FailureRecorder
    from gangway.http.reply import Reply
    from gangway.http.request import Request
    from gangway.http.request_log import RequestLog

BULK_ROUTE = "/Bulk"
MAX_SHAPED_CHARACTERS = 256 * 1024
"""Longer bodies are told by their length: parsing them once more would make failing expensive for us."""
MAX_OPERATIONS = 10
"""Failed operations of one bulk request that are told."""

_ERROR = 400


class FailureLog:
    """Keeps failed requests of organizations, and counts tokens that were refused."""

    def __init__(self, open_recorder: Callable[[], FailureRecorder]) -> None:
        """Remember where the recorder is to be had; it is opened by the first failure, not at each start."""
        self._open_recorder = open_recorder

    @cached_property
    def _recorder(self) -> FailureRecorder:
        return self._open_recorder()

    def look_at(self, log: RequestLog, reply: Reply) -> None:
        """Keep the request if it failed."""
        try:
            self._look_at(log, reply)
        except Exception as error:
            log.not_kept(describe_failure(error))

    def _look_at(self, log: RequestLog, reply: Reply) -> None:
        if log.caller is not None:
            operations = _failed_operations(reply) if log.template == BULK_ROUTE else []
            if reply.status >= _ERROR or operations:
                self._keep(log, reply, operations)
        elif log.refusal is not None and log.refusal.key_id is not None:
            organization, key_id, reason = log.refusal.organization, log.refusal.key_id, log.refusal.reason
            if organization is None:
                self._recorder.refused(None, key_id, reason)
            else:
                self._recorder.refused(organization.id, key_id, reason, days=organization.failure_days)

    def _keep(self, log: RequestLog, reply: Reply, operations: list[dict[str, Any]]) -> None:
        caller = log.caller
        assert caller is not None  # noqa: S101  # looked at by the only caller
        self._recorder.failed(
            caller.organization.id,
            days=caller.organization.failure_days,
            request_id=log.request.request_id,
            method=log.method,
            path=log.template or "/?",
            status=reply.status,
            reason=log.reason,
            key_id=caller.key_id,
            scim_type=reply.scim_type,
            detail=str((reply.body or {}).get("detail", "")) if reply.status >= _ERROR else "",
            resource_id=log.resource_id,
            duration_ms=round(log.milliseconds, 1),
            dialect_rules=log.dialect_rules,
            query=query_shape(log.request.query),
            body=_shape(log.request),
            operations=tuple(operations),
        )


def _shape(request: Request) -> Any:
    text = request.body
    if not text:
        return None
    if len(text) > MAX_SHAPED_CHARACTERS:
        return f"text({len(text)})"
    try:
        return body_shape(json.loads(base64.b64decode(text) if request.base64 else text))
    except (ValueError, RecursionError):
        return f"text({len(text)}), not JSON"


def _failed_operations(reply: Reply) -> list[dict[str, Any]]:
    failed = [
        {
            "operation": number,
            "method": known_method(result["method"]),
            "status": int(result["status"]),
            **{name: result["response"][name] for name in ("scimType", "detail") if name in result["response"]},
        }
        for number, result in enumerate((reply.body or {}).get("Operations", ()), start=1)
        if int(result["status"]) >= _ERROR
    ]
    return failed[:MAX_OPERATIONS]
