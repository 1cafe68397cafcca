"""Calls with everything in them that a query may be about, which the tests of a module only read."""

from collections.abc import Iterator

import pytest

from tests.integration.archive_world import ArchiveWorld
from tests.integration.harness import Api
from tests.integration.query_world import query_world


@pytest.fixture(scope="module")
def archive() -> Iterator[ArchiveWorld]:
    with query_world() as made:
        yield made


@pytest.fixture(scope="module")
def api(archive: ArchiveWorld) -> Api:
    assert archive
    return Api()
