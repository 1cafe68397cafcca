"""The tables of Athena have the columns of the archive's files."""

from typing import Any

import pytest

from ledger.archive import change_files, columns
from tests.unit.test_template import TEMPLATE
from tools.operate.tables import CATALOG, table, view

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


def test_the_stack_receives_what_it_asks_for() -> None:
    catalog: dict[str, Any] = TEMPLATE["Resources"]["Catalog"]["Properties"]
    assert catalog["TemplateURL"] == "catalog.yaml"
    assert catalog["Parameters"].keys() == CATALOG["Parameters"].keys()


def test_a_query_may_read_no_more_than_the_operator_allows() -> None:
    configuration = CATALOG["Resources"]["WorkGroup"]["Properties"]["WorkGroupConfiguration"]
    assert configuration["EnforceWorkGroupConfiguration"] is True
    assert configuration["BytesScannedCutoffPerQuery"] == {"Ref": "AthenaBytesPerQuery"}
