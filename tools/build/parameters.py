"""The parameters of a deployment, which are fixed when it is built.

Everything invokes a function by its alias, which moves to a new version when SAM sees a difference in the function's
properties. SAM sees `!Ref RetentionDays` before and after a change. So `make build` writes a digest of all values into
the environment of the functions, and a rule into the template that refuses a deployment with others.
"""

import hashlib
import json
import re
import shlex
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

type Values = Mapping[str, str]
"""Values of parameters, by name."""

_DIGEST: Final = re.compile(r"(?<=PARAMETERS_DIGEST: ).*")
_RULES: Final = re.compile(r"(?<=^Rules:\n)(?:  \w+OfTheBuild: .*\n)*", re.MULTILINE)
REFUSAL: Final = "has another value than was built: put it into samconfig.toml, or give it to make build as PARAMETERS"


def configured(path: Path) -> Mapping[str, Values]:
    """Returns the parameter overrides of each environment in a samconfig.toml."""
    configuration: dict[str, Any] = tomllib.loads(path.read_text())
    del configuration["version"]  # everything else is an environment
    return {
        name: parsed(commands["deploy"]["parameters"].get("parameter_overrides", ""))
        for name, commands in configuration.items()
    }


def parsed(overrides: str | Iterable[str]) -> Values:
    """Returns overrides as SAM takes them: `Name=value` after each other in a text, quoted as in a shell, or a list."""
    texts = shlex.split(overrides) if isinstance(overrides, str) else overrides
    return {name: value.strip("\"'") for name, _, value in (text.partition("=") for text in texts)}


def deployed(template: Mapping[str, Any], overrides: Iterable[Values]) -> Sequence[Values]:
    """Returns the values of all parameters, for each environment's overrides.

    Raises ValueError for an override of a parameter that the template does not have.
    """
    defaults = {name: str(parameter["Default"]) for name, parameter in template["Parameters"].items()}
    environments = [defaults | dict(values) for values in overrides]
    if unknown := {name for values in environments for name in values} - defaults.keys():
        raise ValueError(f"the template has no parameter {', '.join(sorted(unknown))}")
    return environments


def digest(environments: Sequence[Values]) -> str:
    """Returns a digest of the values in all environments."""
    text = json.dumps([dict(sorted(values.items())) for values in environments])
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def rules(environments: Sequence[Values]) -> dict[str, Any]:
    """Returns rules of CloudFormation: each parameter has a value that it has in an environment of the same Stage."""
    stages = sorted({values["Stage"] for values in environments})
    found: dict[str, Any] = {"TheStageIsOneOfTheBuild": {"Assertions": [_assertion("Stage", stages)]}}
    for stage in stages:
        of_stage = [values for values in environments if values["Stage"] == stage]
        found[f"ParametersOf{stage.capitalize()}AreThoseOfTheBuild"] = {
            "RuleCondition": {"Fn::Equals": [{"Ref": "Stage"}, stage]},
            "Assertions": [_assertion(name, sorted({values[name] for values in of_stage})) for name in of_stage[0]],
        }
    return found


def _assertion(name: str, values: Sequence[str]) -> dict[str, Any]:
    return {"Assert": {"Fn::Contains": [values, {"Ref": name}]}, "AssertDescription": f"{name} {REFUSAL}"}


def fix(template: Path, environments: Sequence[Values]) -> None:
    """Write the digest and the rules into a template, instead of others. Raises ValueError where they have no place."""
    lines = "".join(f"  {name}: {json.dumps(rule)}\n" for name, rule in rules(environments).items())  # JSON is YAML
    text, digests = _DIGEST.subn(f'"{digest(environments)}"', template.read_text())
    text, places = _RULES.subn(lambda _: lines, text)
    if (digests, places) != (1, 1):
        raise ValueError(f"{template} has no place for the digest of the parameters and their rules")
    template.write_text(text)
