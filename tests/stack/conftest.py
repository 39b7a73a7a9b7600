"""Stacks with the conformance vectors' extension, one for each profile."""

import json
from collections.abc import Iterator

import pytest

from infra.local.stack import LocalStack, Options
from tests.conformance import vectors
from tests.stack.laboratory import Laboratory


@pytest.fixture(scope="module", params=[False, True], ids=["default", "strict"])
def laboratory(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Laboratory]:
    """A running stack whose users may have the vectors' extension."""
    folder = tmp_path_factory.mktemp("extensions")
    files = []
    for number, document in enumerate(vectors.read("patches.json")["extensionSchemas"]):
        file = folder / f"lab-{number}.json"
        file.write_text(json.dumps(document))
        files.append(str(file))
    options = Options(
        organizations=("filters", "patches", "entra=entra"), strict=request.param, extensions=tuple(files)
    )
    with LocalStack(options) as running:
        yield Laboratory(running, strict=request.param)
