"""What a running stack leaves for others to find: .local/stack.json."""

import json
import os
import signal
import time
from collections.abc import Sequence

from ledger.core.identity import Role
from tools import lock
from tools.operate.stack import EMULATOR_REGION, RUN, STACK_FILE, Stack


def write(stack: Stack, users: Sequence[str]) -> dict[str, str]:
    """Describe the stack, with a token for each role. Returns the tokens."""
    tokens = {
        "admin": stack.token("local-admin", Role.ADMIN),
        "recorder": stack.token("local-recorder", Role.RECORDER),
        "user": stack.token(users[0], Role.USER),
    }
    description = {
        "apiUrl": stack.api_url,
        "awsEndpointUrl": stack.endpoint_url,
        "region": EMULATOR_REGION,
        "stackName": stack.name,
        "tokens": tokens,
        "users": users,
    }
    STACK_FILE.write_text(json.dumps(description, indent=2) + "\n")
    return tokens


def remove() -> None:
    """Remove the description, be it of a stack that ends or of one that ended without a chance to."""
    STACK_FILE.unlink(missing_ok=True)


def stop_running() -> None:
    """Stop the running stack, and return when it has stopped."""
    process = lock.holder(RUN)
    if process is None:
        raise RuntimeError("no stack is running")
    os.kill(process, signal.SIGTERM)
    while lock.holder(RUN) == process:
        time.sleep(0.1)
