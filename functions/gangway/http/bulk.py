"""POST /Bulk: each operation with the caller's rights, a request id of its own, and a failure of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gangway.directory.bulk import Bulk, BulkPorts
from gangway.http.reply import Reply
from gangway.scim.messages.bulk import bulk_response, parse_bulk_request

if TYPE_CHECKING:
    from gangway.directory.resources import Directory
    from gangway.http.call import Call
    from gangway.scim.dialect import Dialect


def bulk(call: Call) -> Reply:
    """Run a bulk request (RFC 7644 section 3.7); the status is 200 even if all its operations failed."""
    request = parse_bulk_request(call.body())

    dialects: list[Dialect] = []

    def directory(index: int) -> Directory:
        operation = call.within(str(index))
        dialects.append(operation.context.dialect)
        return operation.directory

    def authorize(resource_type: str) -> None:
        call.caller.require(write=True, resource_types=(resource_type,))

    ports = BulkPorts(
        registry=call.registry,
        base_url=call.context.base_url,
        open_directory=directory,
        authorize=authorize,
        explain_failure=call.explain_failure,
        remaining_ms=call.context.remaining_ms,
    )
    results = Bulk(ports).run(request)
    for dialect in dialects:
        call.context.dialect.count(dialect.fired)
    return Reply(200, bulk_response(results))
