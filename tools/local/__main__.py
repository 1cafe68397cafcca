"""The commands for the stack on this machine: `python -m tools.local --help`."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Mapping
from typing import Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from ledger.core.identity import Role
from tools.local import deployment, state
from tools.local.emulator import Emulator, emulator
from tools.local.progress import step
from tools.local.sample.calls import sample_users, write_sample
from tools.operate.stack import RUN, Stack, running_stack

STACK_NAME: Final = "usage-ledger"
SAMPLE_CALLS: Final = 3_000
COUNTING: Final = 120.0
"""Seconds within which the sample calls must be counted."""
DAY: Final = 86_400


def main() -> None:
    """Run the command of the command line."""
    arguments = _parser().parse_args()
    try:
        match arguments.command:
            case "run":
                run(arguments.port, arguments.calls)
            case "stop":
                state.stop_running()
            case "sample":
                _write_sample(_stack(arguments), arguments.calls, progress=True)
            case _:
                raise AssertionError(arguments.command)
    except (RuntimeError, BotoCoreError, ClientError, httpx.HTTPError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nstopped")


def run(port: int, calls: int) -> None:
    """Serve a new stack with that many sample calls until it is stopped."""
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background process ignores SIGINT by default
        signal.signal(number, signal.default_int_handler)
    started = time.monotonic()
    with emulator(RUN, api_port=port) as running:
        state.remove()
        stack = deployment.deploy_to(running, STACK_NAME)
        if calls:
            with step(f"writing {calls:,} sample calls"):
                _write_sample(stack, calls, progress=False)
            with step("counting them"):
                _await_counting(stack, calls)
        tokens = state.write(stack, [user.did for user in sample_users()])
        try:
            _introduce(stack, tokens, time.monotonic() - started)
            _wait(running)
        finally:
            state.remove()


def _wait(running: Emulator) -> None:
    """Return never, unless the `make` that started this is killed, which tells its children nothing."""
    starter = os.getppid()
    while "MAKELEVEL" not in os.environ or os.getppid() == starter:
        if not running.is_running:
            raise RuntimeError(f"the emulator ended by itself; its log is {running.log}")
        time.sleep(0.5)


def _introduce(stack: Stack, tokens: Mapping[str, str], seconds: float) -> None:
    now = int(time.time())
    api = f"{stack.api_url}/api/user"
    last_month = f"startTime={now - 30 * DAY}&endTime={now + DAY}"
    print(
        f"""
Usage Ledger serves at {stack.api_url} after {seconds:.0f} s, until Ctrl-C or `make stop`.

The dashboard, signed in as an administrator, and as a user:
  {stack.api_url}/#token={tokens["admin"]}
  {stack.api_url}/#token={tokens["user"]}

A user's own usage of the last 30 days:
  curl -H 'Authorization: Bearer {tokens["user"]}' '{api}/usage-stats?{last_month}'

Everybody's, for an administrator:
  curl -H 'Authorization: Bearer {tokens["admin"]}' '{api}/admin/user-stats?{last_month}'

The failed calls among everybody's, newest first:
  curl -H 'Authorization: Bearer {tokens["admin"]}' '{api}/model-calls?allUsers=true&status=failed&page=1&pageSize=10'

More tokens: `make token USER=<did> ROLE=user`. Tokens and users are also in .local/stack.json.""",
        flush=True,
    )


def _write_sample(stack: Stack, calls: int, *, progress: bool) -> None:
    write_sample(stack.api_url, stack.token("sample-recorder", Role.RECORDER), calls=calls, progress=progress)


def _await_counting(stack: Stack, calls: int) -> None:
    """Until everybody's statistics have all calls, which on a laptop takes longer than the seconds it takes on AWS."""
    now = int(time.time())
    headers = {"Authorization": f"Bearer {stack.token('local-admin', Role.ADMIN)}"}
    everything = {"startTime": now - 100 * DAY, "endTime": now + DAY}
    give_up = time.monotonic() + COUNTING
    with httpx.Client(base_url=stack.api_url, headers=headers, timeout=60) as client:
        while time.monotonic() < give_up:
            stats = client.get("/api/user/admin/user-stats", params=everything).raise_for_status().json()
            if stats["summary"]["totalCalls"] >= calls:
                return
            time.sleep(1)
    raise RuntimeError(f"the sample calls were not counted within {COUNTING:.0f} s")


def _stack(arguments: argparse.Namespace) -> Stack:
    return Stack(arguments.stack_name) if arguments.stack_name else running_stack()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.local", description="Usage Ledger on one machine.")
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("run", help="build, deploy to an emulator, add sample calls, and serve")
    command.add_argument("--port", type=int, default=3000)
    command.add_argument("--calls", type=int, default=SAMPLE_CALLS, help="sample calls to begin with")

    commands.add_parser("stop", help="stop the stack that runs")

    deployed = argparse.ArgumentParser(add_help=False)
    deployed.add_argument("--stack-name", help="a stack on AWS, instead of the one that runs here")

    command = commands.add_parser("sample", parents=[deployed], help="write sample calls")
    command.add_argument("--calls", type=int, default=SAMPLE_CALLS)
    return parser


if __name__ == "__main__":
    main()
