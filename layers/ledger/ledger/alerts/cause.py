"""Why an alert was raised: what changed most since the period before, and where to look."""

from dataclasses import dataclass, replace

from aws_lambda_powertools import Logger

from ledger.alerts.alert import Alert
from ledger.alerts.comparison import Comparison
from ledger.aws.retries import REQUEST_ERRORS
from ledger.core.errors import InvalidRequest
from ledger.core.identity import Identity, Role
from ledger.core.moments import TimeLeft
from ledger.query.explain_request import ExplainRequest
from ledger.query.explanations import Explanations, Mover

MOST_MOVERS = 3
RESERVE = 30
"""Seconds that have to be left, for deliveries, when a cause is looked for."""
DIMENSIONS = ("user", "model", "app")

logger = Logger()


@dataclass(frozen=True)
class Causes:
    """Looks for them in the archive and among the latest calls."""

    explanations: Explanations

    def explained(self, alert: Alert, time_left: TimeLeft) -> Alert:
        """An alert with its movers, as far as there is time to look for them, and its link. It stays so."""
        compared = alert.compared
        if compared is None:
            return alert
        movers = self._movers(compared, lambda: time_left() - RESERVE)
        told = f" Most of what has changed since the period before: {movers[0]['sentence']}" if movers else ""
        link = f" {compared.link}" if compared.link else ""
        data = {**alert.data, "movers": [_body(mover) for mover in movers], "link": compared.link}
        return replace(alert, text=f"{alert.text}{told}{link}", data=data, compared=None)

    def _movers(self, compared: Comparison, time_left: TimeLeft) -> list[Mover]:
        """The groups of calls that cost more than before, the largest first. None where they can't be found."""
        group_by = tuple(name for name in DIMENSIONS if name not in compared.selected)
        if not group_by or time_left() <= 0:
            return []
        asked = {
            "start_time": compared.start,
            "end_time": compared.end - 1,
            "previous_start_time": compared.previous_start,
            "previous_end_time": compared.previous_end - 1,
            "group_by": group_by,
            "filters": [{"dimension": name, "op": "in", "value": [text]} for name, text in compared.selected.items()],
        }
        request = ExplainRequest.model_validate(asked, by_name=True)
        try:
            found = self.explanations.answer(Identity("alerts", Role.VIEWER), request, time_left)
        except (InvalidRequest, *REQUEST_ERRORS):
            logger.warning("The cause of an alert can't be found", exc_info=True)
            return []
        return [mover for mover in found["movers"] if mover["difference"] > 0][:MOST_MOVERS]


def _body(mover: Mover) -> dict[str, object]:
    return {name: mover[name] for name in ("group", "before", "after", "difference", "sentence")}
