"""Runs real clients against a provider of known usage, and compares what the ledger has of them with what it billed.

    python -m tests.e2e.clients [--record] [CLIENT …]

Prints a line for each client, and what differs. Ends with 1 if anything differs that the client's row does not explain.
With --record, what each client exports is written to spans/, for the tests of dialects.
"""

import argparse
import sys
import uuid
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from http import HTTPStatus
from subprocess import SubprocessError

from ledger.core.identity import Role
from tests.e2e.clients.arrived import TITLES, Row, compare, eventually_arrived
from tests.e2e.clients.capture import capture
from tests.e2e.clients.provider import provider
from tests.e2e.clients.run import run
from tests.e2e.clients.spans import Recording
from tests.e2e.clients.table import CLIENTS
from tools.local.deployment import deploy_to
from tools.local.emulator import emulator, free_port
from tools.operate.stack import Stack
from tools.project import ROOT

AT_ONCE = 2


def main() -> int:
    """How many clients did not arrive as they should."""
    parser = argparse.ArgumentParser(prog="python -m tests.e2e.clients")
    parser.add_argument("--record", action="store_true")
    parser.add_argument("clients", nargs="*", metavar="CLIENT", choices=[[], *CLIENTS])
    arguments = parser.parse_args()
    names = arguments.clients or list(CLIENTS)
    with ExitStack() as contexts:
        running = contexts.enter_context(emulator(ROOT / ".local/clients-stack", api_port=free_port()))
        stack = deploy_to(running, "usage-ledger-clients")
        pool = contexts.enter_context(ThreadPoolExecutor(AT_ONCE))
        print(TITLES)
        rows: list[Row] = []
        for row in pool.map(partial(row_of, stack, record=arguments.record), names):
            print(row, flush=True)
            rows.append(row)
    wrong = [row for row in rows if not row.is_right]
    print(f"{len(rows) - len(wrong)} passed, {len(wrong)} failed")
    return int(bool(wrong))


def row_of(stack: Stack, name: str, *, record: bool) -> Row:
    """Run this client, for a user and with a key of its own."""
    user = f"did:{name}:{uuid.uuid4()}"
    key, admin = stack.create_key(name, Role.RECORDER), stack.token("did:root", Role.ADMIN)
    client = CLIENTS[name]
    with provider() as asked, capture(stack.api_url) as way:
        try:
            run(client, asked, way, key=key, admin=admin, user=user)
        except (RuntimeError, SubprocessError) as error:
            return Row.of_failure(name, str(error))
        if record:
            Recording(asked.billed, way.exported).write(name, user)
        arrived = eventually_arrived(stack, (user, user_of(key)), len(asked.billed) + client.cached)
    refused = Counter(path for path, status in way.requests if status != HTTPStatus.OK)
    return compare(name, client, asked.billed, arrived, user, refused)


def user_of(key: str) -> str:
    """Under whom calls are recorded that name no user: the user as whom an API key acts."""
    return f"key:{key.split('_')[1]}"


if __name__ == "__main__":
    sys.exit(main())
