"""One organization as most are, one that keeps to the letter."""

import pytest

from tests.standards.scene import Client, Server


@pytest.fixture
def server() -> Server:
    """The real handlers, in an account in memory."""
    return Server()


@pytest.fixture
def acme(server: Server) -> Client:
    """A client of an organization that is lenient, as all are unless set otherwise."""
    return Client(server.tenant("acme"))


@pytest.fixture
def strict(server: Server) -> Client:
    """A client of an organization without leniencies, on the same server."""
    return Client(server.tenant("letter", strict=True))
