"""Build template.yaml and deploy it to the emulator, with the same two commands that deploy it to AWS."""

import platform
from pathlib import Path
from typing import Final

from tools.build import sam
from tools.local import routes
from tools.local.emulator import Emulator
from tools.local.progress import step
from tools.operate.stack import Stack

ARCHITECTURE: Final = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def deploy_to(running: Emulator, name: str) -> Stack:
    """Build the stack of this name, deploy it to the emulator and serve its API."""
    stack = Stack(name, running.endpoint_url, running.api_url)
    with step("building"):
        sam.build(running.directory, ARCHITECTURE)
    with step("deploying"):
        _deploy(stack, running.directory)
        routes.create(stack)
        running.serve(stack.resources[routes.API])
    return stack


def _deploy(stack: Stack, directory: Path) -> None:
    sam.run(
        directory,
        *("deploy", "--stack-name", stack.name, "--resolve-s3", "--no-progressbar"),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", *sam.parameters(ARCHITECTURE)),
        environment=stack.environment | {"SAM_CLI_POLL_DELAY": "0.3"},  # the default, 5 s, minds AWS's rate limits
    )
