"""The commands for a stack, on this machine or on AWS: `python -m tools.operate --help`."""

import argparse
import json
import os
import sys
from collections.abc import Iterable
from pathlib import Path

import httpx
from botocore.exceptions import BotoCoreError, ClientError

from ledger.core.identity import Role
from tools.operate import cost
from tools.operate.importing.file_import import import_file, show
from tools.operate.importing.sources import SOURCES
from tools.operate.night import days_of, run_night, verify
from tools.operate.replay import replay_changes
from tools.operate.set_aside import replay_set_aside, rows_set_aside
from tools.operate.stack import Stack, running_stack
from tools.operate.tables import duckdb_views


def main() -> None:
    """Run the command of the command line."""
    arguments = _parser().parse_args()
    try:
        match arguments.command:
            case "token":
                print(_stack(arguments).token(arguments.user, arguments.role))
            case "key":
                print(_stack(arguments).create_key(arguments.name, arguments.role))
            case "replay":
                _print_each(replay_changes(_stack(arguments)), "no change is to be sent again")
            case "night":
                _print_each(run_night(_stack(arguments), arguments.days), "")
            case "verify":
                _print_each(verify(_stack(arguments), arguments.days), "")
            case "tables":
                root = arguments.folder or f"s3://{_stack(arguments).outputs['ArchiveBucketName']}"
                print(*duckdb_views(root), sep="\n")
            case "set-aside":
                _print_each(map(json.dumps, rows_set_aside(_stack(arguments))), "no row is set aside")
            case "replay-set-aside":
                _print_each(replay_set_aside(_stack(arguments)), "no row is set aside")
            case "import":
                _import(arguments)
            case "cost":
                print(*cost.report(_load(arguments)), sep="\n")
            case _:
                raise AssertionError(arguments.command)
    except (RuntimeError, BotoCoreError, ClientError, httpx.HTTPError) as error:
        sys.exit(str(error))


def _print_each(lines: Iterable[str], nothing: str) -> None:
    """Print each line as it comes. Where there is none, print `nothing` to standard error."""
    any_printed = False
    for line in lines:
        print(line)
        any_printed = True
    if not any_printed:
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


def _load(arguments: argparse.Namespace) -> cost.Load:
    return cost.Load(
        arguments.calls_per_day,
        arguments.users,
        arguments.batch,
        arguments.counting,
        arguments.retention,
        arguments.hot,
        arguments.exported,
        traced=arguments.traced,
        copied=arguments.copied,
    )


def _stack(arguments: argparse.Namespace) -> Stack:
    return Stack(arguments.stack_name) if arguments.stack_name else running_stack()


def _positive(text: str) -> int:
    if int(text) < 1:
        raise argparse.ArgumentTypeError("1 or more")
    return int(text)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tools.operate", description="Work on a stack of Usage Ledger.")
    commands = parser.add_subparsers(dest="command", required=True)

    deployed = argparse.ArgumentParser(add_help=False)
    deployed.add_argument("--stack-name", help="a stack on AWS, instead of the one that runs here")

    command = commands.add_parser("token", parents=[deployed], help="print a JSON Web Token")
    command.add_argument("--user", required=True, metavar="DID")
    command.add_argument("--role", type=Role, choices=list(Role), default=Role.USER)

    command = commands.add_parser("key", parents=[deployed], help="make an API key and print it")
    command.add_argument("--name", required=True)
    command.add_argument("--role", type=Role, choices=list(Role), default=Role.RECORDER)

    commands.add_parser("replay", parents=[deployed], help="count and archive changes again that could not be")

    for name, help_ in (("night", "run the nightly run now"), ("verify", "compare the table with the archive")):
        command = commands.add_parser(name, parents=[deployed], help=help_)
        command.add_argument("days", type=days_of, help="call days such as 2026-11-01..2026-11-20; empty for the last")

    command = commands.add_parser("tables", parents=[deployed], help="print the archive as views of DuckDB")
    command.add_argument("--folder", help="where the bucket's objects are copied to, instead of the bucket")

    commands.add_parser("set-aside", parents=[deployed], help="show the rows of gateways that could not be read")
    commands.add_parser("replay-set-aside", parents=[deployed], help="send them through the ledger again")

    command = commands.add_parser("import", parents=[deployed], help="record the history of another system")
    command.add_argument("source", choices=list(SOURCES))
    command.add_argument("file", type=Path)
    command.add_argument(
        "--url", default=os.environ.get("LEDGER_URL"), help="of any ledger, with its key in LEDGER_KEY"
    )

    command = commands.add_parser("cost", help="work out what a stack costs on AWS")
    command.add_argument("--calls-per-day", type=_positive, required=True)
    command.add_argument("--users", type=int, required=True, help="who ask for their statistics five times a day")
    command.add_argument("--batch", type=_positive, default=1, help="calls in a request (1)")
    command.add_argument(
        "--counting", choices=list(cost.COUNTED_UNITS), default="usual", help="how calls share counters"
    )
    command.add_argument("--retention", type=_positive, default=400, help="days (400)")
    command.add_argument("--hot", type=int, default=0, help="the parameter HotDays (0, as long as they are kept)")
    command.add_argument("--exported", type=int, default=0, help="rows a day that are exported (0)")
    command.add_argument("--spans", action="store_true", help="where calls come as spans of OpenTelemetry")
    command.add_argument("--traced", action="store_true", help="with the parameter Tracing=Active")
    command.add_argument("--copied", action="store_true", help="with the parameter BackupCopyVault")
    return parser


if __name__ == "__main__":
    main()
