"""What a running stack leaves for others to find: .local/stack.json."""

import json
import os
import signal
import time
from collections.abc import Sequence
from typing import Any, Final

from ledger.core.identity import Role
from tools import lock
from tools.operate.stack import EMULATOR_REGION, Stack
from tools.project import ROOT

RUN: Final = ROOT / ".local/run"
STACK_FILE: Final = ROOT / ".local/stack.json"


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


def running_stack() -> Stack:
    """The stack that `make run` serves."""
    if lock.holder(RUN) is None or not STACK_FILE.exists():
        raise RuntimeError("no stack is running; `make run` starts one")
    description: dict[str, Any] = json.loads(STACK_FILE.read_text())
    return Stack(description["stackName"], description["awsEndpointUrl"], description["apiUrl"])


def stop_running() -> None:
    """Stop the running stack, and return when it has stopped."""
    process = lock.holder(RUN)
    if process is None:
        raise RuntimeError("no stack is running")
    os.kill(process, signal.SIGTERM)
    while lock.holder(RUN) == process:
        time.sleep(0.1)
