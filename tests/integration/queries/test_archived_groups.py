"""Users and apps, in statistics, trends and projects, are those that the archive has."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from ledger.calls.model_call import ModelCall
from ledger.core.moments import DAY
from ledger.statistics.archived_groups import GroupedUsage
from tests import query_reference
from tests.integration.archive_world import ArchiveWorld
from tests.integration.harness import Api, token
from tests.integration.query_world import NOW, everything


class TestUsersAndApps:
    """What other answers have of each user and app comes from the archive too."""

    RANGE = {"startTime": NOW - 20 * DAY, "endTime": NOW}  # noqa: RUF012

    def get(self, api: Api, path: str, **query: object) -> Any:
        answer = api.get(path, token("root", "admin", lifetime=10 * DAY), **self.RANGE, **query)
        assert answer.status == 200, answer
        return answer.body

    def expected(self, archive: ArchiveWorld, as_of: int, dimension: str) -> dict[Any, list[ModelCall]]:
        calls = everything(archive, as_of)
        return {key[0]: of for key, of in query_reference.groups(calls, self.RANGE | {"groupBy": [dimension]}).items()}

    @staticmethod
    def sums(calls: list[ModelCall]) -> tuple[Any, ...]:
        return tuple(query_reference.values(calls, ["calls", "successCalls", "credits", "totalUsage"]).values())

    @staticmethod
    def figures(row: Mapping[str, Any]) -> tuple[Any, ...]:
        return tuple(row[name] for name in ("totalCalls", "successCalls", "totalCredits", "totalUsage"))

    def test_boards_rank_the_users_and_apps_of_the_archive(self, archive: ArchiveWorld, api: Api) -> None:
        stats = self.get(api, "/api/user/admin/user-stats")
        for board, dimension, field in (("topUsers", "user", "userDid"), ("topApps", "app", "appDid")):
            expected = self.expected(archive, stats["boardsAsOf"], dimension)
            found = {row[field]: self.figures(row) for row in stats[board]}
            assert found == {did: self.sums(calls) for did, calls in expected.items() if did is not None}
            dearest = [row["totalCredits"] for row in stats[board]]
            assert dearest == sorted(dearest, reverse=True)

    def test_trends_tell_users_apart_by_the_archive(self, archive: ArchiveWorld, api: Api) -> None:
        """Within a model too. What the counters do not have yet is missing in the rest."""
        trends = self.get(api, "/api/usage/trends", groupBy="user", model="gpt-5", timezone="Europe/Berlin")
        calls = self.expected(archive, trends["groupsAsOf"], "user")
        expected = {user: [one for one in of if one.model == "gpt-5"] for user, of in calls.items()}
        assert {group["userDid"]: self.figures(group) for group in trends["groups"]} == {
            user: self.sums(of) for user, of in expected.items() if of
        }
        days = [bucket["timestamp"] for bucket in trends["trends"]]
        for group in trends["groups"]:
            by_day = query_reference.groups(
                expected[group["userDid"]], self.RANGE | {"granularity": "day", "timezone": "Europe/Berlin"}
            )
            assert group["byBucket"]["totalCalls"] == [len(by_day.get((day,), ())) for day in days]

    def test_projects_are_the_apps_of_the_archive_page_by_page(self, archive: ArchiveWorld, api: Api) -> None:
        pages = [self.get(api, "/api/usage/projects", allUsers=True, pageSize=2, page=page) for page in (1, 2)]
        expected = {app: of for app, of in self.expected(archive, pages[0]["asOf"], "app").items() if app is not None}
        assert [page["total"] for page in pages] == [len(expected)] * 2
        found = [project for page in pages for project in page["projects"]]
        assert {project["appDid"]: self.figures(project) for project in found} == {
            app: self.sums(of) for app, of in expected.items()
        }
        for project in found:
            last = max(call.call_time for call in expected[project["appDid"]])
            assert project["lastCallTime"] == last // 900 * 900
        over_time = self.get(api, "/api/usage/projects/group-trends", allUsers=True)
        assert {app["appDid"] for app in over_time["projects"]} == expected.keys()
        for app, of in expected.items():
            counted = [
                bucket["byProject"][app]["totalCalls"] for bucket in over_time["trends"] if app in bucket["byProject"]
            ]
            assert sum(counted) == len(of)

    def test_a_range_that_is_too_large_has_no_boards(self, api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
        module = api.module("get_admin_stats")
        engine = module.boards.usage.engine
        small = GroupedUsage(replace(engine, archive=replace(engine.archive, room=10)))
        monkeypatch.setattr(module, "boards", replace(module.boards, usage=small))
        stats = self.get(api, "/api/user/admin/user-stats")
        assert (stats["topUsers"], stats["topApps"], stats["boardsAsOf"]) == ([], [], None)
