"""Fixtures that every room's tests may use: no credentials of this machine, and whole local stacks.

A local stack lives as long as one module: its threads make AWS calls and draw random numbers, which would disturb tests
that watch calls or need the same numbers every time.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import settings

from infra.local.emulator import Backend
from infra.local.stack import LocalStack, Options
from tests.support.client import Client

# Nothing here may reach a real account, and powertools needs its names before a handler is imported.
os.environ.update(
    AWS_ACCESS_KEY_ID="AKIAIOSFODNN7EXAMPLE",
    AWS_SECRET_ACCESS_KEY="not-a-secret",
    AWS_DEFAULT_REGION="eu-west-1",
    AWS_REGION="eu-west-1",
    AWS_ACCOUNT_ID_ENDPOINT_MODE="disabled",
    AWS_EC2_METADATA_DISABLED="true",
    POWERTOOLS_SERVICE_NAME="test",
    POWERTOOLS_METRICS_NAMESPACE="Gangway",
)
os.environ.pop("AWS_PROFILE", None)

# The same examples in every run, however slow the machine: a failure is always a change of the code.
settings.register_profile("gangway", derandomize=True, deadline=None)
settings.load_profile("gangway")

ORGANIZATIONS = ("acme", "globex")


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker by which a test says which rows of docs/security.md and docs/standards.md it covers."""
    config.addinivalue_line("markers", 'row(*ids): covers these rows of a table, for example row("TOK-07", "PAT-03")')


@pytest.fixture(scope="module", params=[pytest.param(each, id=each.value) for each in Backend])
def stack(request: pytest.FixtureRequest) -> Iterator[LocalStack]:
    """The whole stack over HTTP, once on each emulator."""
    with LocalStack(Options(organizations=ORGANIZATIONS, backend=request.param)) as running:
        yield running


@pytest.fixture(scope="module")
def moto_stack() -> Iterator[LocalStack]:
    """The whole stack over HTTP, on the default emulator only: for behaviour that no emulator can change."""
    with LocalStack(Options(organizations=ORGANIZATIONS)) as running:
        yield running


@pytest.fixture
def acme(moto_stack: LocalStack) -> Client:
    """A SCIM client of the first organization."""
    return Client.of(moto_stack.organizations[0])


@pytest.fixture
def globex(moto_stack: LocalStack) -> Client:
    """A SCIM client of the second organization."""
    return Client.of(moto_stack.organizations[1])
