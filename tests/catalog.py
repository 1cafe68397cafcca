"""catalog.yaml as tests read it: the tables of Athena, and the statement of its view."""

import json
from pathlib import Path
from typing import Any

import cfnlint.decode.cfn_yaml

CATALOG: dict[str, Any] = json.loads(
    json.dumps(cfnlint.decode.cfn_yaml.load(str(Path(__file__).parents[1] / "catalog.yaml")))
)


def table(name: str) -> dict[str, Any]:
    """The definition of a table, by its name."""
    inputs = [
        resource["Properties"]["TableInput"]
        for resource in CATALOG["Resources"].values()
        if resource["Type"] == "AWS::Glue::Table"
    ]
    return next(definition for definition in inputs if definition["Name"] == name)


def view() -> tuple[str, dict[str, str]]:
    """The statement of the view `calls`, and the types of its columns in Trino, by name."""
    _, values = table("calls")["ViewOriginalText"]["Fn::Join"][1][1]["Fn::Base64"]["Fn::Sub"]
    separator, lines = values["Sql"]["Fn::Join"]
    _, columns = values["Columns"]["Fn::Join"]
    return separator.join(lines), {column["name"]: column["type"] for column in map(json.loads, columns)}
