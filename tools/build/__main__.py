"""The commands that build: `python -m tools.build --help`."""

import argparse

from tools.build import page, parameters, sam
from tools.project import ROOT


def main() -> None:
    """Run the command of the command line."""
    parser = argparse.ArgumentParser(prog="python -m tools.build", description="Build Usage Ledger.")
    commands = parser.add_subparsers(dest="command", required=True)
    build = commands.add_parser("build", help="build for AWS, into .aws-sam")
    build.add_argument("--parameters", default="", help="those that samconfig.toml does not have: Name=value …")
    commands.add_parser("check-page", help="check the types of the dashboard")
    arguments = parser.parse_args()
    match arguments.command:
        case "build":
            print(sam.build(ROOT, parameters.parsed(arguments.parameters)))
        case command:
            assert command == "check-page"  # noqa: S101
            page.check_types()


if __name__ == "__main__":
    main()
