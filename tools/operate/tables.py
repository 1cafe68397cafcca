"""The tables of catalog.yaml, and the same tables for DuckDB's command line."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cfnlint.decode.cfn_yaml  # pyright: ignore[reportMissingTypeStubs]

CATALOG: dict[str, Any] = json.loads(
    json.dumps(cfnlint.decode.cfn_yaml.load(str(Path(__file__).parents[2] / "catalog.yaml")))
)
_FILES = {
    "archived_calls": "read_parquet('{}/calls/*/*/*.parquet', hive_types = {{'day': VARCHAR}}, union_by_name = true)",
    "changes": "read_parquet('{}/changes/**/*.parquet', hive_partitioning = false, union_by_name = true)",
    "parts": "read_json('{}/parts/*.json', format = 'newline_delimited')",
}
"""How DuckDB reads each table."""


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


def duckdb_views(root: str) -> Iterator[str]:
    """The statements that make views of the objects below a root: a folder, or `s3://` and the name of a bucket."""
    for name, reader in _FILES.items():
        columns = table(name)["StorageDescriptor"]["Columns"]
        nulls = ", ".join(f"CAST(NULL AS {column['Type']}) AS {column['Name']}" for column in columns)
        # Files from before a column was added don't have it, and perhaps no file has it yet.
        files = f"SELECT {nulls} WHERE false UNION ALL BY NAME SELECT * FROM {reader.format(root)}"  # noqa: S608
        yield f"CREATE VIEW {name} AS {files};"
    yield f"CREATE VIEW calls AS {view()[0]};"
