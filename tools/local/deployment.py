"""Build template.yaml and deploy it to the emulator, with the same two commands that deploy it to AWS."""

import platform
from pathlib import Path
from typing import Final

from tools.build import parameters, sam
from tools.local import routes
from tools.local.emulator import Emulator
from tools.local.progress import step
from tools.operate.stack import Stack

PARAMETERS: Final = {"Architecture": "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"}
"""Those of a stack on this machine."""


def deploy_to(running: Emulator, name: str) -> Stack:
    """Build the stack of this name, deploy it to the emulator and serve its API."""
    with step("building"):
        sam.build(running.directory, PARAMETERS)
    with step("deploying"):
        return create(running, name)


def create(running: Emulator, name: str) -> Stack:
    """Deploy what was built as a new stack of this name, and serve its API instead of any other."""
    stack = Stack(name, running.endpoint_url, running.api_url)
    deploy(stack, running.directory)
    routes.create(stack)
    running.serve(stack.resources[routes.API])
    return stack


def deploy(stack: Stack, directory: Path, *overrides: str) -> None:
    """Create or update a stack from what was built in a directory, with parameters such as `RetentionDays=200`."""
    values = {**PARAMETERS, **parameters.parsed(overrides)}
    sam.fix_parameters(directory, values)
    sam.run(
        directory,
        *("deploy", "--stack-name", stack.name, "--resolve-s3", "--no-progressbar"),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", *sam.overrides(values)),
        environment=stack.environment | {"SAM_CLI_POLL_DELAY": "0.3"},  # the default, 5 s, minds AWS's rate limits
    )
