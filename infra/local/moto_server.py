"""The moto emulator as a child process: `python -m infra.local.moto_server FD` serves on an inherited socket.

moto is written for tests of one thread. Three of its habits do not fit a server that several functions write to at
once, and are put right here:

- Its transactions are not isolated: of twelve racing creators of one userName four win. One lock serialises all calls.
- It copies the whole table once per item of a transaction, to put the copy back if a condition fails. At five thousand
  items one transaction takes half a second. Under the lock it is enough to remember the items the transaction names.
- It sorts the whole table for a query of one partition. A page of users needs a hundred such queries.
"""

from __future__ import annotations

import copy
import sys
import threading
from typing import TYPE_CHECKING, Any

from moto.dynamodb.models import DynamoDBBackend
from moto.dynamodb.models.dynamo_type import DynamoType
from moto.dynamodb.models.table import Table
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import make_server

from infra.local.lifeline import end_with_parent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

_apply_transaction = DynamoDBBackend.transact_write_items
_query = Table.query


class _RequestHandler(MotoRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections open, as every AWS client expects

    def log_request(self, *_: object) -> None:
        """Requests are not worth a line each."""


def serialised(application: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Let one request through a WSGI application at a time."""
    lock = threading.Lock()

    def one_at_a_time(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        with lock:
            return application(environ, start_response)

    return one_at_a_time


def transact_write_items(backend: Any, transact_items: list[dict[str, Any]]) -> None:
    """Apply a transaction, or leave every item and the stream as they were."""
    before = [_Touched(backend, operation) for item in transact_items for operation in item.values()]
    lengths = {touched.table.name: _stream_length(touched.table) for touched in before if touched.table}
    try:
        _apply_transaction(backend, transact_items)
    except Exception:
        for touched in before:
            touched.put_back()
        for name, length in lengths.items():
            del _stream(backend.tables[name])[length:]
        raise


def query(table: Any, hash_key: DynamoType, *arguments: Any, **options: Any) -> Any:
    """Query one partition, as if the table held no other."""
    searched = table
    if not table.all_indexes():
        searched = copy.copy(table)
        searched.items = {hash_key: table.items.get(hash_key, {})}
    return _query(searched, hash_key, *arguments, **options)


class _Touched:
    """One item that a transaction names, as it was before."""

    def __init__(self, backend: Any, operation: Mapping[str, Any]) -> None:
        self.table: Any = backend.tables.get(operation.get("TableName"))
        attributes = operation.get("Key") or operation.get("Item") or {}
        if self.table and set(self.table.table_key_attrs) <= set(attributes):
            *folders, self.key = [DynamoType(attributes[name]) for name in self.table.table_key_attrs]
            self.place: Any = self.table.items[folders[0]] if folders else self.table.items
            self.old = copy.deepcopy(self.place.get(self.key))
        else:
            self.table = None  # moto will refuse the transaction

    def put_back(self) -> None:
        if self.table is None:
            return
        if self.old is None:
            self.place.pop(self.key, None)
        else:
            self.place[self.key] = self.old


def _stream(table: Any) -> list[Any]:
    return table.stream_shard.items if table.stream_shard else []


def _stream_length(table: Any) -> int:
    return len(_stream(table))


def install() -> None:
    """Replace moto's transactions and queries in this process."""
    setattr(Table, "__deepcopy__", lambda self, _memo: self)  # noqa: B010  # mypy: the class declares no such method
    setattr(DynamoDBBackend, "transact_write_items", transact_write_items)  # noqa: B010  # mypy: no method of its own
    setattr(Table, "query", query)  # noqa: B010  # mypy: no method of its own


def main() -> None:
    """Serve until the parent goes away."""
    end_with_parent()
    install()
    application = serialised(DomainDispatcherApplication(create_backend_app))
    make_server(
        "127.0.0.1", 0, application, threaded=True, request_handler=_RequestHandler, fd=int(sys.argv[1])
    ).serve_forever()


if __name__ == "__main__":
    main()
