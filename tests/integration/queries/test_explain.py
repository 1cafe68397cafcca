"""An explanation adds up, and is about the calls of whoever asks."""

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from ledger.core.moments import DAY
from tests.integration.archive_world import ArchiveWorld
from tests.integration.harness import Answer, Api, token
from tests.integration.query_world import NOW, SPAN, dimensions, everything, slow
from tests.integration.support import refusal, sent


class TestExplanations:
    def ask(self, api: Api, asker: str = "root", role: str = "viewer", **query: object) -> Answer:
        times = {"startTime": NOW - 5 * DAY, "endTime": NOW}
        return api.get("/api/usage/explain", token(asker, role, lifetime=10 * DAY), **(times | query))

    def credits(self, archive: ArchiveWorld, as_of: int, start: int, end: int, asker: str | None = None) -> Decimal:
        calls = everything(archive, as_of, asker)
        return sum((one.credits for one in calls if start <= one.call_time <= end), Decimal(0))

    @slow
    @given(
        ends=st.lists(st.integers(NOW - SPAN, NOW), min_size=2, max_size=2).map(sorted),
        group_by=st.lists(dimensions, min_size=1, max_size=3, unique=True),
        limit=st.integers(1, 20),
        asker=st.sampled_from([None, "a"]),
    )
    def test_movers_and_rest_are_the_whole_difference(
        self, archive: ArchiveWorld, api: Api, ends: list[int], group_by: list[str], limit: int, asker: str | None
    ) -> None:
        who = (asker, "user") if asker else ("root", "viewer")
        answer = self.ask(api, *who, startTime=ends[0], endTime=ends[1], groupBy=",".join(group_by), limit=limit)
        assert answer.status == 200, answer
        body = answer.body
        length = ends[1] + 1 - ends[0]
        assert body["before"]["endTime"] - body["before"]["startTime"] + 1 == length
        for period in (body["before"], body["after"]):
            expected = self.credits(archive, body["asOf"], period["startTime"], period["endTime"], asker)
            assert period["credits"] == expected
        assert body["difference"] == body["after"]["credits"] - body["before"]["credits"]
        parts = [*body["movers"], *([body["rest"]] if body["rest"] else [])]
        for name in ("difference", "volume", "price", "mix"):
            assert sum(part[name] for part in parts) == body[name]
        for part in (body, *parts):
            assert part["volume"] + part["price"] + part["mix"] == part["difference"]
        for mover in body["movers"]:
            assert mover["difference"] == mover["after"]["credits"] - mover["before"]["credits"]
            assert list(mover["group"]) == group_by

    def test_any_two_periods_can_be_compared(self, archive: ArchiveWorld, api: Api) -> None:
        start, end = NOW - 20 * DAY, NOW - 10 * DAY - 1
        body = self.ask(api, previousStartTime=start, previousEndTime=end).body
        assert body["before"]["credits"] == self.credits(archive, body["asOf"], start, end)
        until_now = self.ask(api, previousStartTime=start).body["before"]
        assert (until_now["startTime"], until_now["endTime"]) == (start, NOW - 5 * DAY - 1)
        refusal(self.ask(api, previousEndTime=end), 400, "invalid_request", "previousEndTime")
        refusal(self.ask(api, previousStartTime=start, previousEndTime=5), 400, "invalid_request", "previousEndTime")

    def test_each_mover_has_a_sentence(self, api: Api) -> None:
        put = api.request(
            "PUT", "/api/admin/users", token=token("root", "admin"), json_body={"did": "a", "fullName": "Ann"}
        )
        assert put.status == 200, put
        body = self.ask(api, groupBy="user").body
        told = {mover["group"]["user"]: mover["sentence"] for mover in body["movers"]}
        assert told["a"].startswith("Ann: ")
        assert " credits instead of " in told["a"]
        assert body["sentence"].startswith("All calls: ")
        assert not self.ask(
            api, groupBy="user", filters=sent([{"dimension": "user", "op": "in", "value": ["x"]}])
        ).body["movers"]
