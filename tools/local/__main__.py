"""The commands behind the Makefile: `python -m local --help`."""

import argparse
import json
import os
import signal
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from ledger.core.identity import Role
from tools.build import page
from tools.local import deployment, state
from tools.local.emulator import Emulator, emulator
from tools.local.progress import step
from tools.local.sample.calls import sample_users, write_sample
from tools.operate import cost
from tools.operate.importing.file_import import import_file, show
from tools.operate.importing.sources import SOURCES
from tools.operate.replay import replay_uncounted
from tools.operate.set_aside import replay_set_aside, rows_set_aside
from tools.operate.stack import Stack

STACK_NAME: Final = "usage-ledger"
SAMPLE_CALLS: Final = 3_000
COUNTING: Final = 120.0
"""Seconds within which the sample calls must be counted."""
DAY: Final = 86_400


def main() -> None:
    """Do what the command line says."""
    arguments = _parser().parse_args()
    try:
        match arguments.command:
            case "run":
                run(arguments.port, arguments.calls)
            case "stop":
                state.stop_running()
            case "build":
                print(deployment.build())
            case "check-page":
                page.check_types()
            case "token":
                print(_stack(arguments).token(arguments.user, arguments.role))
            case "key":
                print(_stack(arguments).create_key(arguments.name, arguments.role))
            case "replay":
                _tell(replay_uncounted(_stack(arguments)), "nothing is to be counted again")
            case "set-aside":
                _tell(map(json.dumps, rows_set_aside(_stack(arguments))), "no row is set aside")
            case "replay-set-aside":
                _tell(replay_set_aside(_stack(arguments)), "no row is set aside")
            case "sample":
                _write_sample(_stack(arguments), arguments.calls, progress=True)
            case "import":
                _import(arguments)
            case "cost":
                print(*cost.told(_load(arguments)), sep="\n")
            case _:
                raise AssertionError(arguments.command)
    except (RuntimeError, BotoCoreError, ClientError, httpx.HTTPError) as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        print("\nstopped")


def _tell(lines: Iterable[str], nothing: str) -> None:
    """Print each line as it comes; say so on the terminal where none does."""
    is_told = False
    for line in lines:
        print(line)
        is_told = True
    if not is_told:
        print(nothing, file=sys.stderr)


def _import(arguments: argparse.Namespace) -> None:
    source = SOURCES[arguments.source]
    key = os.environ.get("LEDGER_KEY")
    if arguments.url and not key:
        raise RuntimeError("set LEDGER_KEY to an API key of the ledger at that URL")
    if arguments.url and key:
        url = arguments.url
    else:
        stack = _stack(arguments)
        url, key = stack.api_url, stack.token("importer", Role.RECORDER)
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=60) as client:
        show(import_file(arguments.file, source.rows, client), arguments.file, source.last)


def run(port: int, calls: int) -> None:
    """Serve a new stack with that many sample calls until told to stop."""
    for number in (signal.SIGTERM, signal.SIGINT):  # a shell's background process ignores SIGINT by default
        signal.signal(number, signal.default_int_handler)
    started = time.monotonic()
    with emulator(state.RUN, api_port=port) as running:
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


def _load(arguments: argparse.Namespace) -> cost.Load:
    return cost.Load(
        arguments.calls_per_day,
        arguments.users,
        arguments.batch,
        arguments.counting,
        arguments.retention,
        arguments.exported,
    )


def _stack(arguments: argparse.Namespace) -> Stack:
    return Stack(arguments.stack_name) if arguments.stack_name else state.running_stack()


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m local", description="Usage Ledger on one machine.")
    commands = parser.add_subparsers(dest="command", required=True)

    command = commands.add_parser("run", help="build, deploy to an emulator, add sample calls, and serve")
    command.add_argument("--port", type=int, default=3000)
    command.add_argument("--calls", type=int, default=SAMPLE_CALLS, help="sample calls to begin with")

    commands.add_parser("stop", help="stop the stack that runs")
    commands.add_parser("build", help="build for AWS, into .aws-sam")
    commands.add_parser("check-page", help="check the types of the dashboard")

    deployed = argparse.ArgumentParser(add_help=False)
    deployed.add_argument("--stack-name", help="a stack on AWS, instead of the one that runs here")

    command = commands.add_parser("token", parents=[deployed], help="print a JSON Web Token")
    command.add_argument("--user", required=True, metavar="DID")
    command.add_argument("--role", type=Role, choices=list(Role), default=Role.USER)

    command = commands.add_parser("key", parents=[deployed], help="make an API key and print it")
    command.add_argument("--name", required=True)
    command.add_argument("--role", type=Role, choices=list(Role), default=Role.RECORDER)

    commands.add_parser("replay", parents=[deployed], help="count changes again that could not be counted")

    commands.add_parser("set-aside", parents=[deployed], help="show the rows of gateways that could not be read")
    commands.add_parser("replay-set-aside", parents=[deployed], help="send them through the ledger again")

    command = commands.add_parser("import", parents=[deployed], help="record the history of another system")
    command.add_argument("source", choices=list(SOURCES))
    command.add_argument("file", type=Path)
    command.add_argument(
        "--url", default=os.environ.get("LEDGER_URL"), help="of any ledger, with its key in LEDGER_KEY"
    )

    command = commands.add_parser("sample", parents=[deployed], help="write sample calls")
    command.add_argument("--calls", type=int, default=SAMPLE_CALLS)

    command = commands.add_parser("cost", help="work out what a stack costs on AWS")
    command.add_argument("--calls-per-day", type=_positive, required=True)
    command.add_argument("--users", type=int, required=True, help="who ask for their statistics five times a day")
    command.add_argument("--batch", type=_positive, default=1, help="calls in a request (1)")
    command.add_argument(
        "--counting", choices=list(cost.COUNTED_UNITS), default="usual", help="how calls share counters"
    )
    command.add_argument("--retention", type=_positive, default=400, help="days (400)")
    command.add_argument("--exported", type=int, default=0, help="rows a day that are exported (0)")
    return parser


if __name__ == "__main__":
    main()
