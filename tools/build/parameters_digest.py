"""The digest of a deployment's parameters, which makes functions take on changed ones.

Everything invokes a function by its alias, which moves to a new version when SAM sees a difference in the function's
properties. SAM sees `!Ref RetentionDays` before and after a change. So `make build` writes a digest of all values into
the environment of the functions.
"""

import hashlib
import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

PLACEHOLDER = "PARAMETERS_DIGEST: none"


def configured(path: Path) -> Mapping[str, str]:
    """Returns the parameter overrides of each environment in a samconfig.toml."""
    configuration: dict[str, Any] = tomllib.loads(path.read_text())
    del configuration["version"]  # everything else is an environment
    return {
        name: _text(commands["deploy"]["parameters"].get("parameter_overrides", ""))
        for name, commands in configuration.items()
    }


def digest(overrides: Mapping[str, str], given: str = "") -> str:
    """Returns a digest of the parameters of all environments, and of those `given` on the command line."""
    text = json.dumps([{name: sorted(value.split()) for name, value in overrides.items()}, sorted(given.split())])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def write(template: Path, value: str) -> None:
    """Write a digest into a template, instead of the placeholder. Raises ValueError where there is none."""
    text = template.read_text()
    if text.count(PLACEHOLDER) != 1:
        raise ValueError(f"{template} has no place for the digest of the parameters")
    template.write_text(text.replace(PLACEHOLDER, f'PARAMETERS_DIGEST: "{value}"'))


def _text(overrides: str | list[str]) -> str:
    """SAM takes a text or a list."""
    return overrides if isinstance(overrides, str) else " ".join(overrides)
