"""The tables of Athena have the columns of the archive's files."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest

from ledger.archive import change_files, columns
from tests.unit.test_template import TEMPLATE
from tools.operate.tables import CATALOG, duckdb_views, table, view

TRINO = {"string": "varchar"}


def columns_of(name: str) -> dict[str, str]:
    return {column["Name"]: column["Type"] for column in table(name)["StorageDescriptor"]["Columns"]}


def glue(types: dict[str, str]) -> dict[str, str]:
    return {name: {"VARCHAR": "string"}.get(of_type, of_type.lower()) for name, of_type in types.items()}


@pytest.mark.parametrize(
    ("name", "types"),
    [
        ("archived_calls", columns.TYPES | {"object": "VARCHAR"}),
        ("changes", columns.TYPES | change_files.TYPES),
        ("parts", {"day": "VARCHAR", "object": "VARCHAR", "read_at": "BIGINT"}),
        ("calls", {"day": "VARCHAR"} | columns.TYPES),
    ],
)
def test_a_table_has_the_columns_of_its_files(name: str, types: dict[str, str]) -> None:
    assert columns_of(name) == glue(types)


def test_athena_finds_the_types_of_the_view_that_it_expects() -> None:
    """It calls a view stale whose statement returns other types than were stored."""
    _, types = view()
    assert types == {name: TRINO.get(of_type, of_type) for name, of_type in columns_of("calls").items()}


def test_the_statement_of_the_view_can_be_a_text_of_json() -> None:
    sql, _ = view()
    assert '"' not in sql
    assert "\\" not in sql


def test_the_views_of_duckdb_have_columns_that_no_file_has_yet(tmp_path: Path) -> None:
    added = {"service_tier", "list_costs", "list_cost_usd", "cache_savings"}
    with duckdb.connect() as database:
        for name, folder in (("archived_calls", "calls/day=2026-11-20/night"), ("changes", "changes/2026-11-20")):
            (tmp_path / folder).mkdir(parents=True)
            first = {"id": "'a'", "call_time": "1763600000", "object": f"'{folder}'"}
            values = ", ".join(
                f"CAST({first.get(column, 'NULL')} AS {of_type}) AS {column}"
                for column, of_type in columns_of(name).items()
                if column not in added
            )
            database.execute(f"COPY (SELECT {values}) TO '{tmp_path / folder}/file.parquet'")
        (tmp_path / "parts").mkdir()
        line = json.dumps({"day": "2026-11-20", "object": "calls/day=2026-11-20/night", "read_at": 1763700000})
        (tmp_path / "parts/day=2026-11-20.json").write_text(line)
        for statement in duckdb_views(str(tmp_path)):
            database.execute(statement)
        assert database.execute("SELECT id, service_tier FROM calls").fetchall() == [("a", None)]


def test_the_stack_receives_what_it_asks_for() -> None:
    catalog: dict[str, Any] = TEMPLATE["Resources"]["Catalog"]["Properties"]
    assert catalog["TemplateURL"] == "catalog.yaml"
    assert catalog["Parameters"].keys() == CATALOG["Parameters"].keys()


def test_a_query_may_read_no_more_than_the_operator_allows() -> None:
    configuration = CATALOG["Resources"]["WorkGroup"]["Properties"]["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == {"Ref": "AthenaBytesPerQuery"}
