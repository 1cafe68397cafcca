"""How much of each meter a call used, as `ledger.pricing.meters.usage` says it, in SQL on the columns of calls."""

from typing import Final

from ledger.pricing.meters import OUTPUT_OF, PARTS, Meter

_COLUMNS: Final = {
    Meter.INPUT: "input_tokens",
    Meter.OUTPUT: "output_tokens",
    Meter.CACHE_READ: "cache_read_input_tokens",
    Meter.CACHE_CREATION: "cache_creation_input_tokens",
}


def _told(meter: Meter) -> str:
    return f"CAST(json_extract_string(other_usage, '/{meter}') AS DECIMAL(38, 10))"


def _quantities() -> dict[Meter, str]:
    found: dict[Meter, str] = {}
    for bucket, parts in PARTS.items():
        left = _COLUMNS[bucket]
        for part in parts:
            found[part] = f"least(CAST(trunc(coalesce({_told(part)}, 0)) AS BIGINT), {left})"
            left = f"({left} - {found[part]})"
        found[bucket] = left
    for type_, meter in OUTPUT_OF.items():
        is_so = f"type = '{type_}' AND {_told(meter)} IS NULL"
        found[meter] = f"CASE WHEN {is_so} THEN {found[Meter.OUTPUT]} ELSE {found[meter]} END"
    found[Meter.WEB_SEARCH] = f"coalesce({_told(Meter.WEB_SEARCH)}, 0)"
    found[Meter.IMAGE] = f"coalesce({_told(Meter.IMAGE)}, total_usage)"
    found[Meter.SECOND] = f"coalesce({_told(Meter.SECOND)}, total_usage)"
    found[Meter.REQUEST] = "1"
    return found


QUANTITY: Final = "CASE meter {} END".format(
    " ".join(f"WHEN '{meter}' THEN CAST({sql} AS DECIMAL(38, 10))" for meter, sql in _quantities().items())
)
"""The number of a call's `meter`, of one that `list_costs` has."""
