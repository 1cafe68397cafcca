"""Build template.yaml and deploy it to the emulator, with the same two commands that deploy it to AWS."""

import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from tools.build import layer, page
from tools.local import routes
from tools.local.emulator import Emulator
from tools.local.progress import step
from tools.operate.stack import Stack
from tools.project import ROOT

ARCHITECTURE: Final = "arm64" if platform.machine() in {"arm64", "aarch64"} else "x86_64"


def build(directory: Path = ROOT, architecture: str = "arm64") -> str:
    """Build the dashboard, the functions and the layer into `directory`/.aws-sam, for AWS unless told otherwise.

    Says how large the layer is.
    """
    page.build()
    template = ROOT / "template.yaml"
    _sam(directory, "build", "--cached", "--parallel", "--template-file", str(template), *_parameters(architecture))
    return layer.finish(directory / ".aws-sam/build/LedgerLayer")


def deploy_to(running: Emulator, name: str) -> Stack:
    """Build the stack of this name, deploy it to the emulator and serve its API."""
    stack = Stack(name, running.endpoint_url, running.api_url)
    with step("building"):
        build(running.directory, ARCHITECTURE)
    with step("deploying"):
        _deploy(stack, running.directory)
        routes.create(stack)
        running.serve(stack.resources[routes.API])
    return stack


def _deploy(stack: Stack, directory: Path) -> None:
    _sam(
        directory,
        *("deploy", "--stack-name", stack.name, "--resolve-s3", "--no-progressbar"),
        *("--capabilities", "CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND", *_parameters(ARCHITECTURE)),
        environment=stack.environment | {"SAM_CLI_POLL_DELAY": "0.3"},  # the default, 5 s, minds AWS's rate limits
    )


def _parameters(architecture: str) -> list[str]:
    return ["--parameter-overrides", f"Architecture={architecture}"]


def _sam(directory: Path, *arguments: str, environment: Mapping[str, str] = os.environ) -> None:
    """Run the SAM CLI of this environment in the directory. What it says is in .aws-sam/log there."""
    programs = Path(sys.executable).parent
    log = directory / ".aws-sam/log"
    log.parent.mkdir(exist_ok=True)
    with log.open("w") as output:
        code = subprocess.call(
            [programs / "sam", *arguments],
            cwd=directory,
            # sam build takes the first Python of the functions' version on PATH that has pip: this one.
            env={**environment, "PATH": f"{programs}{os.pathsep}{os.environ['PATH']}", "SAM_CLI_TELEMETRY": "0"},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
        )
    if code:
        raise RuntimeError(f"sam {arguments[0]} failed:\n{log.read_text()}")
