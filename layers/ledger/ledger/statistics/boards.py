"""The users and apps with the most credits, beside everybody's statistics."""

from dataclasses import dataclass

from ledger.calls.directory import Directory
from ledger.core.errors import RangeTooLong
from ledger.core.moments import TimeLeft
from ledger.statistics.answer_types import Boards
from ledger.statistics.answers import totals
from ledger.statistics.archived_groups import GroupedUsage
from ledger.statistics.stats_query import AdminStatsQuery

MOST = 10


@dataclass(frozen=True)
class BoardReader:
    """Ranks users and apps by what the archive has of them."""

    usage: GroupedUsage
    directory: Directory

    def read(self, query: AdminStatsQuery, time_left: TimeLeft) -> Boards:
        """The boards of a range. Empty of a range whose calls are too many to be read for one answer."""
        try:
            with self.usage.open(query.start_time, query.end_time + 1, {}, time_left) as groups:
                users, _ = groups.page("user", "credits", MOST)
                apps, _ = groups.page("app", "credits", MOST, named=True)
                as_of = groups.as_of
        except RangeTooLong:
            return {"topUsers": [], "topApps": [], "boardsAsOf": None}
        details = self.directory.look_up((user.series.user_did for user in users), (app.series.app_did for app in apps))
        return {
            "topUsers": [
                {
                    **totals(user.measures),
                    "userDid": user.series.user_did,
                    "userInfo": details.user(user.series.user_did),
                }
                for user in users
            ],
            "topApps": [
                {**totals(app.measures), "appDid": app.series.app_did, "appInfo": details.app(app.series.app_did)}
                for app in apps
            ],
            "boardsAsOf": as_of,
        }
