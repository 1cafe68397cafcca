"""The application, built by the SAM CLI: the dashboard, the functions, and the layer they share."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from tools.build import layer, page, parameters_digest
from tools.project import ROOT


def build(directory: Path = ROOT, architecture: str = "arm64", given: str = "") -> str:
    """Build the dashboard, the functions and the layer into `directory`/.aws-sam, for AWS by default.

    `given` are parameters that are not in samconfig.toml but will be given to `sam deploy`.
    Returns a line that says how large the layer is.
    """
    page.build()
    template = ROOT / "template.yaml"
    run(directory, "build", "--cached", "--parallel", "--template-file", str(template), *parameters(architecture))
    digest = parameters_digest.digest(parameters_digest.configured(ROOT / "samconfig.toml"), given)
    parameters_digest.write(directory / ".aws-sam/build/template.yaml", digest)
    return layer.finish(directory / ".aws-sam/build/LedgerLayer")


def parameters(architecture: str) -> list[str]:
    """The arguments by which `sam` builds and deploys for a processor architecture."""
    return ["--parameter-overrides", f"Architecture={architecture}"]


def run(directory: Path, *arguments: str, environment: Mapping[str, str] = os.environ) -> None:
    """Run the SAM CLI of this environment in the directory. Its output is in .aws-sam/log there.

    Raises RuntimeError with that output where it fails.
    """
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
