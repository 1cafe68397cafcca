"""The query parameters of an export."""

from datetime import UTC, tzinfo
from typing import Annotated, Literal

from pydantic import AfterValidator

from ledger.calls.filter_parameters import FilterParameters
from ledger.core import time_zones
from ledger.http.query_parameters import zone_name

Format = Literal["csv", "jsonl", "parquet"]
Locale = Literal["en", "zh"]


class ExportQuery(FilterParameters):
    """Which calls are exported, and in which form."""

    format: Format = "csv"
    """`jsonl`: one JSON object on each line. `parquet`: up to some fifteen million calls."""
    locale: Locale = "en"
    """The language of the column titles of CSV."""
    timezone: Annotated[str, AfterValidator(zone_name)] | None = None
    """The IANA name of the zone in which times are written as text; UTC where missing."""

    @property
    def zone(self) -> tzinfo:
        return UTC if self.timezone is None else time_zones.named_zone(self.timezone)
