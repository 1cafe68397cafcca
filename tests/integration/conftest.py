from collections.abc import Iterator

import pytest

from tests.integration.harness import Api, account


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    with account(monkeypatch):
        yield Api()
