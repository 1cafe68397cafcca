"""What an alert is about: some calls of a period, and the same calls of one before it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

from ledger.core.moments import MINUTE
from ledger.core.time_zones import named_zone


@dataclass(frozen=True)
class Comparison:
    """Calls from `start` up to, not including, `end`, in Unix seconds, beside those from `previous_start` on."""

    start: int
    end: int
    previous_start: int
    previous_end: int
    timezone: str
    selected: Mapping[str, str]
    """Which calls: the text that they have in some of the dimensions user, app, provider and model."""
    origin: str
    """Where the dashboard is, such as https://ledger.example.com. Empty where that is not known."""

    @property
    def link(self) -> str | None:
        """The address at which the dashboard shows these calls."""
        if not self.origin:
            return None
        zone = named_zone(self.timezone)
        first, last = (
            datetime.fromtimestamp(second, UTC).astimezone(zone).strftime("%Y-%m-%dT%H:%M")
            for second in (self.start, max(self.end - MINUTE, self.start))
        )
        view = {"who": "all", "zone": self.timezone, **self.selected, "range": "custom", "from": first, "to": last}
        return f"{self.origin}/?{urlencode(view)}"
