from collections.abc import Callable, Iterator
from contextlib import ExitStack

import httpx
import pytest

from ledger.core.identity import Role
from tools.local.deployment import deploy_to
from tools.local.emulator import Emulator, emulator, free_port
from tools.operate.stack import Stack
from tools.project import ROOT

type SignIn = Callable[[str, Role], httpx.Client]


@pytest.fixture(scope="session")
def running() -> Iterator[Emulator]:
    """An emulator of the tests' own."""
    with emulator(ROOT / ".local/e2e", api_port=free_port()) as it:
        yield it


@pytest.fixture(scope="session")
def stack(running: Emulator) -> Stack:
    """The whole stack with nothing recorded."""
    return deploy_to(running, "usage-ledger-e2e")


@pytest.fixture(scope="session")
def sign_in(stack: Stack) -> Iterator[SignIn]:
    """Makes a client of the API that acts as this user in this role: `sign_in("did:anna", Role.USER)`."""
    with ExitStack() as clients:

        def client(did: str, role: Role) -> httpx.Client:
            headers = {"Authorization": f"Bearer {stack.token(did, role)}"}
            return clients.enter_context(httpx.Client(base_url=stack.api_url, headers=headers, timeout=60))

        yield client
