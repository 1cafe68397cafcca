"""What SQL says a call used of each meter is what the ledger prices."""

from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.archive import columns, parquet
from ledger.calls.call_item import to_item
from ledger.calls.model_call import CallType, ModelCall
from ledger.core import exact_json
from ledger.pricing.meters import WHOLES, Meter, usage
from ledger.query.meter_sql import QUANTITY
from tests.unit.test_catalogue import CALL

counts = st.integers(0, 20)


@st.composite
def calls_with_meters(draw: st.DrawFn) -> ModelCall:
    told = draw(st.dictionaries(st.sampled_from([meter.value for meter in Meter][4:15]), counts.map(Decimal)))
    return replace(
        CALL,
        type=draw(st.sampled_from(CallType)),
        input_tokens=draw(counts),
        output_tokens=draw(counts),
        cache_read_input_tokens=draw(counts),
        cache_creation_input_tokens=draw(counts),
        other_usage=told or None,
        total_usage=draw(counts.map(Decimal)),
    )


@settings(max_examples=40)
@given(st.lists(calls_with_meters(), min_size=1, max_size=10))
def test_the_quantities_of_a_call_are_those_that_are_priced(calls: list[ModelCall]) -> None:
    priced = [
        replace(call, id=str(number), list_costs={meter.value: Decimal(1) for meter in usage(call)})
        for number, call in enumerate(calls)
    ]
    with TemporaryDirectory() as folder, duckdb.connect() as database:
        source = Path(folder) / "calls.json"
        source.write_bytes(b"\n".join(exact_json.dumps(to_item(each, time_shards=1, expires_at=0)) for each in priced))
        rows = database.execute(
            f"SELECT id, meter, {QUANTITY} FROM (SELECT *, unnest(json_keys(list_costs)) AS meter "  # noqa: S608
            f"FROM (SELECT {columns.SELECTION} FROM {parquet.lines_of(source, columns.ITEM)}))"
        ).fetchall()
    expected = {(each.id, meter.value): number for each in priced for meter, number in usage(each).items()}
    assert {(call_id, meter): quantity for call_id, meter, quantity in rows} == expected
    assert all(meter in WHOLES or quantity > 0 for _, meter, quantity in rows)
