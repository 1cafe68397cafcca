"""The query parameters of a chargeback."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Literal

from pydantic import AfterValidator, StringConstraints

from ledger.core import time_zones
from ledger.http.query_parameters import ZoneQuery
from ledger.query.dimensions import Dimension


def _month(text: str) -> str:
    try:
        first = datetime.strptime(text, "%Y-%m").replace(tzinfo=UTC)
    except ValueError:
        raise ValueError("a month, such as 2026-10") from None
    if not 2000 <= first.year < 2100:
        raise ValueError("a month from 2000 to 2099")
    return text


class ChargebackRequest(ZoneQuery):
    """Who is charged for a month."""

    month: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d{2}$"), AfterValidator(_month)]
    """Of the time zone, such as 2026-10. It must have ended."""
    by: Dimension
    """What is charged: a dimension of a query, such as `metadata.costCentre`, `app` or `user`."""
    format: Literal["json", "csv"] = "json"

    @property
    def period(self) -> tuple[int, int]:
        """Its first Unix second, and that after its last."""
        first = datetime.strptime(self.month, "%Y-%m").replace(tzinfo=UTC).date()
        after = (first + timedelta(days=31)).replace(day=1)
        return time_zones.midnight(first, self.zone), time_zones.midnight(after, self.zone)
