"""The application, built by the SAM CLI: the dashboard, the functions, and the layer they share."""

import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final, cast

from cfnlint.decode import cfn_yaml  # pyright: ignore[reportMissingTypeStubs]

from tools.build import layer, page, parameters
from tools.build.parameters import Values
from tools.project import ROOT

TEMPLATE: Final = ROOT / "template.yaml"


def build(directory: Path, given: Values) -> str:
    """Build the dashboard, the functions and the layer into `directory`/.aws-sam.

    `given` are the parameters that will be given to `sam deploy` beside samconfig.toml's, or instead of them.
    Returns a line that says how large the layer is. Raises ValueError for parameters that can't be deployed together.
    """
    page.build()
    environments = _environments(given)
    architecture, *others = {values["Architecture"] for values in environments}
    if others:
        raise ValueError("the environments of samconfig.toml have different architectures: give Architecture")
    settings = overrides({"Architecture": architecture})
    run(directory, "build", "--cached", "--parallel", "--template-file", str(TEMPLATE), *settings)
    fix_parameters(directory, given)
    return layer.finish(directory / ".aws-sam/build/LedgerLayer")


def fix_parameters(directory: Path, given: Values) -> None:
    """Let what was built be deployed with these parameters beside samconfig.toml's, and with no others."""
    parameters.fix(directory / ".aws-sam/build/template.yaml", _environments(given))


def _environments(given: Values) -> Sequence[Values]:
    template = cast("Mapping[str, Any]", cfn_yaml.load(str(TEMPLATE)))
    configured = parameters.configured(ROOT / "samconfig.toml").values()
    return parameters.deployed(template, [{**values, **given} for values in configured])


def overrides(values: Values) -> list[str]:
    """The arguments by which `sam` builds and deploys with these parameters."""
    return ["--parameter-overrides", *(f"{name}={value}" for name, value in values.items())]


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
