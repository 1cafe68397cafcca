"""The query parameters of an export."""

from datetime import UTC, tzinfo
from typing import Annotated, Literal

from pydantic import AfterValidator

from ledger.calls.call_filters import CallFilters
from ledger.core import time_zones
from ledger.http.query_parameters import zone_name


class ExportQuery(CallFilters):
    """The calls that are exported, and in which form."""

    format: Literal["csv", "jsonl"] = "csv"
    """`jsonl` is one JSON object a line."""
    locale: Literal["en", "zh"] = "en"
    """The language of the titles."""
    timezone: Annotated[str, AfterValidator(zone_name)] | None = None
    """An IANA name, in which times are told."""

    @property
    def zone(self) -> tzinfo:
        """The time zone that the query names, else UTC."""
        return UTC if self.timezone is None else time_zones.named_zone(self.timezone)
