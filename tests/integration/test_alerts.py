"""Alerts: each threshold of each period once, sent until every channel has taken it, and nowhere else."""

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qsl, urlsplit
from zoneinfo import ZoneInfo

import boto3
import pytest
import time_machine
from standardwebhooks import Webhook

from ledger.archive import recent_calls
from ledger.aws import dynamodb
from ledger.aws.settings import settings
from ledger.core import keys
from tests.integration.harness import Api, call, payload, token
from tests.integration.requests import READS, WRITES, Killed, at_request, failing
from tests.integration.support import count, evaluate, items, record, refusal, sent
from tests.moment import NOW
from tests.receiver import Receiver, receiving

DAY = 86_400
LIFETIME = 400 * DAY
ADMIN, VIEWER = token("root", "admin", lifetime=LIFETIME), token("auditor", "viewer", lifetime=LIFETIME)
GATEWAY = token("gateway", "recorder", lifetime=LIFETIME)
NOON = (NOW // DAY + 2) * DAY + DAY // 2


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.fixture
def api(api: Api, monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An API that may send to this machine, and has a topic."""
    monkeypatch.setenv("WEBHOOK_NETWORKS", "127.0.0.0/8")
    monkeypatch.setenv("ALERT_TOPIC_ARN", boto3.client("sns").create_topic(Name="alerts")["TopicArn"])
    settings.cache_clear()
    yield api
    settings.cache_clear()


def channel(api: Api, kind: str = "webhook", **given: object) -> dict[str, Any]:
    answer = api.request("POST", "/api/admin/channels", token=ADMIN, body=sent({"name": "A", "kind": kind, **given}))
    assert answer.status == 201, answer
    return answer.body


def budget(api: Api, *channels: str, **given: Any) -> None:
    usual: dict[str, Any] = {"name": "Each user", "each": "user", "amount": 10, "period": "day"}
    usual["thresholds"] = [{"percent": 50}, {"percent": 80}, {"percent": 100}]
    answer = api.request(
        "PUT", "/api/admin/budgets/each", token=ADMIN, body=sent({**usual, "channels": channels, **given})
    )
    assert answer.status == 200, answer


def spend(api: Api, cost: object, call_id: str = "a", **fields: Any) -> None:
    sent_call = call(**{"id": call_id, "credits": cost, "callTime": NOON - 3_600} | fields)
    assert record(api, GATEWAY, sent_call).status == 200
    count(api)


def deliver(api: Api) -> None:
    assert api.handle("deliver_alerts", payload("deliver_alerts")) == {}


def alerts(api: Api) -> list[dict[str, Any]]:
    return api.get("/api/admin/alerts", VIEWER).body["alerts"]


def percents(api: Api) -> list[int]:
    return sorted(alert["data"]["threshold"]["percent"] for alert in alerts(api))


@pytest.mark.usefixtures("clock")
class TestThresholds:
    def test_each_that_is_reached_is_alerted_once_with_what_happened(self, api: Api) -> None:
        budget(api)
        spend(api, Decimal("4.9999999999"))
        evaluate(api)
        assert percents(api) == []
        spend(api, Decimal("8.5"))
        evaluate(api)
        evaluate(api)
        assert percents(api) == [50, 80]
        [alert] = [one for one in alerts(api) if one["data"]["threshold"]["percent"] == 80]
        midnight = NOON + DAY // 2
        assert alert["text"] == (
            "Each user (alice): 8.5 of 10 credits are spent, 80 % or more, before it begins anew at "
            f"{datetime.fromtimestamp(midnight, UTC).isoformat(timespec='minutes')}."
        )
        assert alert["data"] == {
            "budgetId": "each",
            "name": "Each user",
            "userDid": "alice",
            "appDid": None,
            "providerId": None,
            "model": None,
            "unit": "credits",
            "threshold": {"percent": 80, "of": "actual"},
            "amount": 10,
            "spent": Decimal("8.5"),
            "expected": None,
            "atLeast": False,
            "periodStart": midnight - DAY,
            "resetsAt": midnight,
            "asOf": NOON,
        }

    def test_they_are_alerted_again_in_the_next_period_for_another_user_and_after_the_amount_was_changed(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        budget(api, thresholds=[{"percent": 100}])
        spend(api, 10)
        evaluate(api)
        spend(api, 10, "b", userDid="bob")
        evaluate(api)
        assert percents(api) == [100, 100]
        budget(api, thresholds=[{"percent": 100}], amount=9)
        api.functions.clear()
        evaluate(api)
        assert percents(api) == [100] * 4
        clock.shift(DAY)
        spend(api, 10, "c", callTime=NOON + DAY - 3_600)
        evaluate(api)
        assert percents(api) == [100] * 5

    def test_a_forecast_is_alerted_before_the_amount_is_spent(self, api: Api) -> None:
        budget(api, thresholds=[{"percent": 100, "of": "forecast"}, {"percent": 100}])
        spend(api, 8, "last-week", callTime=NOON - 7 * DAY + 3_600)
        spend(api, 3)
        evaluate(api)
        [alert] = alerts(api)
        assert (alert["data"]["threshold"]["of"], alert["data"]["spent"], alert["data"]["expected"]) == (
            "forecast",
            3,
            11,
        )
        assert "3 of 10 credits are spent, and 11 are expected" in alert["text"]

    @pytest.mark.parametrize("seed", range(4))
    def test_whatever_is_spent_corrected_repeated_or_dies_each_is_alerted_once_none_early_and_none_missed(
        self, api: Api, clock: time_machine.Traveller, seed: int
    ) -> None:
        chosen = random.Random(seed)
        budget(api)
        cost_of: dict[str, int] = {}
        highest, raised = 0, 0
        for _ in range(7):
            call_id, cost = f"call-{chosen.randrange(4)}", chosen.randrange(6)
            cost_of[call_id] = cost
            clock.shift(chosen.randrange(1, 60))
            spend(api, cost, call_id)
            highest = max(highest, sum(cost_of.values()))
            for _ in range(chosen.randrange(3)):
                lost = chosen.random() < 0.5
                number = chosen.randrange(5)
                with suppress(Killed), at_request(number, failing(Killed()), of=READS | WRITES, answered=lost):
                    evaluate(api)
                if chosen.random() < 0.5:
                    api.functions.pop("evaluate_budgets", None)  # another execution environment goes on
            evaluate(api)
            expected = [percent for percent in (50, 80, 100) if highest * 10 >= percent]
            assert percents(api) == expected
            assert len(expected) >= raised
            raised = len(expected)


def told(api: Api) -> list[str]:
    """The types of all alerts, the earliest first."""
    return [alert["type"].removeprefix("budget.threshold") for alert in reversed(alerts(api))]


class TestFollowUps:
    HOUR = 3_600

    def test_it_is_reminded_of_as_often_as_was_asked_while_it_is_reached(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        budget(api, thresholds=[{"percent": 80}], remindAfterHours=2)
        spend(api, 9)
        evaluate(api)
        for _ in range(6):
            deliver(api)
            clock.shift(self.HOUR)
        assert told(api) == ["Reached", "Reminder", "Reminder"]
        assert "9 of 10 credits are spent, 80 % or more" in alerts(api)[0]["text"]
        assert len({alert["id"] for alert in alerts(api)}) == 3

    def test_it_is_resolved_once_by_a_correction_or_by_a_larger_amount(
        self, api: Api, clock: time_machine.Traveller
    ) -> None:
        budget(api, thresholds=[{"percent": 50}, {"percent": 80}], tellResolved=True)
        spend(api, 9)
        evaluate(api)
        deliver(api)
        clock.shift(60)
        spend(api, 6)
        evaluate(api)
        for _ in range(2):
            deliver(api)
        assert told(api) == ["Reached", "Reached", "Resolved"]
        text = "Each user (alice): 6 of 10 credits are spent, less than 80 % again."
        assert (alerts(api)[0]["text"], alerts(api)[0]["data"]["spent"]) == (text, 6)
        clock.shift(60)
        budget(api, thresholds=[{"percent": 50}, {"percent": 80}], tellResolved=True, amount=20)
        for _ in range(2):
            deliver(api)
        assert told(api)[3:] == ["Resolved"]
        assert alerts(api)[0]["data"]["amount"] == 20

    def test_it_is_resolved_when_the_next_period_begins(self, api: Api, clock: time_machine.Traveller) -> None:
        budget(api, thresholds=[{"percent": 80}], tellResolved=True, remindAfterHours=30)
        spend(api, 9)
        evaluate(api)
        clock.shift(DAY)
        for _ in range(2):
            deliver(api)
            clock.shift(DAY)
        assert told(api) == ["Reached", "Resolved"]

    @pytest.mark.parametrize("changed", [{"thresholds": []}, {"each": None, "model": "other"}])
    def test_nothing_more_is_said_of_what_an_administrator_has_changed(
        self, api: Api, clock: time_machine.Traveller, changed: dict[str, Any]
    ) -> None:
        wanted: dict[str, Any] = {"thresholds": [{"percent": 80}], "tellResolved": True, "remindAfterHours": 1}
        budget(api, **wanted)
        spend(api, 9)
        evaluate(api)
        budget(api, **wanted | changed)
        clock.shift(DAY)
        deliver(api)
        assert told(api) == ["Reached"]


def weeks_of(cost: object, weeks: int, *, at: int = NOON - 3_600) -> list[dict[str, Any]]:
    """Calls of the same hour in each of some weeks before."""
    costs = {f"week-{ago}": (cost, at - ago * 7 * DAY) for ago in range(1, weeks + 1)}
    return [call(id=call_id, credits=one, callTime=moment) for call_id, (one, moment) in costs.items()]


@pytest.mark.usefixtures("clock")
class TestAnomalies:
    @pytest.mark.parametrize("kind", ["day", "hour"])
    def test_far_more_than_is_usual_is_alerted_once_a_day_with_its_cause(
        self, api: Api, receiver: Receiver, clock: time_machine.Traveller, kind: str
    ) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], amount=100, thresholds=[], anomalies=kind)
        assert record(api, GATEWAY, weeks_of(2, 6, at=NOON)).status == 200
        spend(api, 2, "usual", callTime=NOON)
        evaluate(api)
        assert alerts(api) == []
        clock.shift(60)
        spend(api, 20, "runaway", callTime=NOON, model="gpt-5", appDid="agent")
        for _ in range(2):
            evaluate(api)
            api.functions.pop("evaluate_budgets")
        clock.shift(3_600)
        spend(api, 20, "again", callTime=NOON + 3_600, model="gpt-5", appDid="agent")
        evaluate(api)
        deliver(api)
        [received] = receiver.received
        event = json.loads(received.body)
        assert event["type"] == "budget.anomaly"
        data = event["data"]
        assert (data["spent"], data["usual"], data["weeks"], data["bucket"]) == (22, 2, 6, kind)
        assert (
            f"22 credits are spent since {datetime.fromtimestamp(data['bucketStart'], UTC):%Y-%m-%dT%H:%M}"
            in data["text"]
        )
        assert data["movers"][0]["group"] == {"model": "gpt-5", "app": "agent"}

    @pytest.mark.parametrize(
        ("weeks", "cost", "amount"), [(3, 90, 100), (6, 3, 10), (6, 6, 100)], ids=["short", "near", "cheap"]
    )
    def test_it_is_quiet_where_history_is_short_or_the_difference_small(
        self, api: Api, weeks: int, cost: int, amount: int
    ) -> None:
        budget(api, amount=amount, thresholds=[], anomalies="hour")
        assert record(api, GATEWAY, weeks_of(2, weeks, at=NOON)).status == 200
        spend(api, cost, callTime=NOON)
        evaluate(api)
        assert alerts(api) == []


@pytest.mark.usefixtures("clock")
class TestDelivery:
    def test_a_webhook_gets_what_its_secret_verifies_once(self, api: Api, receiver: Receiver) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], thresholds=[{"percent": 100}])
        spend(api, 12)
        evaluate(api)
        assert receiver.received == [], "evaluation waits for nobody"
        deliver(api)
        deliver(api)
        [received] = receiver.received
        event = Webhook(made["secret"]).verify(received.body, received.headers)
        [alert] = alerts(api)
        assert received.headers["webhook-id"] == alert["id"]
        assert (event["type"], event["timestamp"]) == ("budget.thresholdReached", alert["raisedAt"])
        assert event["data"] == json.loads(sent({"text": alert["text"], **alert["data"]}))
        assert alert["deliveries"] == [
            {"channelId": made["id"], "status": "delivered", "attempts": 1, "lastAttemptAt": NOON, "error": None}
        ]

    def test_it_names_what_changed_most_and_leads_to_the_view_that_shows_it_the_same_whenever_it_is_sent(
        self, api: Api, receiver: Receiver, clock: time_machine.Traveller
    ) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], thresholds=[{"percent": 100}], timezone="Asia/Kolkata", period="week")
        spend(api, 2, "last-week", callTime=NOON - 7 * DAY - 3_600)
        spend(api, 9, "new", model="gpt-5", appDid="shop")
        spend(api, 3, "more")
        evaluate(api)
        receiver.status = 500
        deliver(api)
        clock.shift(60)
        spend(api, 90, "later")
        receiver.status = 200
        deliver(api)
        first, second = receiver.received
        assert first.body == second.body
        [alert] = alerts(api)
        assert json.loads(second.body)["data"] == json.loads(sent({"text": alert["text"], **alert["data"]}))
        usual = call()
        assert [(mover["group"], mover["difference"]) for mover in alert["data"]["movers"]] == [
            ({"model": "gpt-5", "app": "shop"}, 9),
            ({"model": usual["model"], "app": usual.get("appDid")}, 1),
        ]
        link = urlsplit(str(alert["data"]["link"]))
        view = dict(parse_qsl(link.query))
        assert (link.scheme, link.netloc, link.path) == ("https", payload("manage_budgets")["headers"]["host"], "/")
        assert (view["who"], view["user"], view["zone"]) == ("all", "alice", "Asia/Kolkata")
        monday = datetime.fromtimestamp(NOON, ZoneInfo("Asia/Kolkata"))
        monday -= timedelta(days=monday.weekday())
        assert view["from"] == f"{monday:%Y-%m-%d}T00:00"
        assert "gpt-5, shop: 9 credits instead of 0" in alert["text"]
        assert alert["text"].endswith(alert["data"]["link"])

    def test_it_has_no_link_where_the_budget_is_from_before_it_was_stored_where_the_dashboard_is(
        self, api: Api, receiver: Receiver
    ) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], thresholds=[{"percent": 100}])
        dynamodb.client().update_item(
            TableName="RegistryTable",
            Key={"id": {"S": keys.budget("each")}},
            UpdateExpression="REMOVE origin",
        )
        spend(api, 12)
        evaluate(api)
        deliver(api)
        assert len(receiver.received) == 1
        [alert] = alerts(api)
        assert alert["data"]["link"] is None
        assert "http" not in alert["text"]

    def test_it_is_sent_without_movers_where_they_cannot_be_found(
        self, api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], thresholds=[{"percent": 100}])
        spend(api, 12)
        evaluate(api)
        monkeypatch.setattr(recent_calls, "MOST", 0)
        deliver(api)
        [alert] = alerts(api)
        assert (alert["data"]["movers"], alert["deliveries"][0]["status"]) == ([], "delivered")

    def test_it_is_sent_again_after_longer_and_longer_pauses_with_the_same_id_until_it_is_taken(
        self, api: Api, receiver: Receiver, clock: time_machine.Traveller
    ) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], thresholds=[{"percent": 100}])
        spend(api, 12)
        evaluate(api)
        receiver.status = 500
        attempts: list[int] = []
        for minute in range(9):
            before = len(receiver.received)
            receiver.status = 500 if minute < 7 else 200
            deliver(api)
            attempts += [minute] * (len(receiver.received) - before)
            clock.shift(60)
        assert attempts == [0, 1, 3, 7]
        assert len({received.headers["webhook-id"] for received in receiver.received}) == 1
        [alert] = alerts(api)
        assert (alert["deliveries"][0]["status"], alert["deliveries"][0]["attempts"]) == ("delivered", 4)

    def test_it_is_given_up_after_a_day_and_said_so(
        self, api: Api, receiver: Receiver, clock: time_machine.Traveller
    ) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], thresholds=[{"percent": 100}])
        spend(api, 12)
        evaluate(api)
        receiver.status = 503
        deliver(api)
        clock.shift(DAY)
        deliver(api)
        deliver(api)
        assert len(receiver.received) == 2
        [alert] = alerts(api)
        assert (alert["deliveries"][0]["status"], alert["deliveries"][0]["error"]) == (
            "failed",
            "127.0.0.1: answered 503",
        )

    def test_a_channel_that_refuses_holds_no_other_up_and_is_asked_once_in_a_run(
        self, api: Api, receiver: Receiver
    ) -> None:
        with receiving() as broken:
            broken.status = 500
            bad, good = channel(api, url=broken.url), channel(api, url=receiver.url)
            budget(api, bad["id"], good["id"])
            spend(api, 12)
            evaluate(api)
            deliver(api)
        assert (len(broken.received), len(receiver.received)) == (1, 3)

    def test_a_reply_that_is_lost_makes_a_repeat_that_is_known_by_its_id(
        self, api: Api, receiver: Receiver, clock: time_machine.Traveller
    ) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], thresholds=[{"percent": 100}])
        spend(api, 12)
        evaluate(api)
        with pytest.raises(Killed), at_request(1, failing(Killed()), of={"UpdateItem"}):
            deliver(api)
        clock.shift(60)
        deliver(api)
        first, second = receiver.received
        assert first.headers["webhook-id"] == second.headers["webhook-id"]
        assert first.body == second.body

    def test_slack_teams_and_the_topic_get_the_text(self, api: Api, receiver: Receiver) -> None:
        queue = boto3.client("sqs").create_queue(QueueName="subscriber")["QueueUrl"]
        arn = "arn:aws:sqs:us-east-1:123456789012:subscriber"
        boto3.client("sns").subscribe(TopicArn=settings().alert_topic_arn, Protocol="sqs", Endpoint=arn)
        kinds = [
            channel(api, "slack", url=receiver.url),
            channel(api, "teams", url=receiver.url),
            channel(api, "topic"),
        ]
        budget(api, *(one["id"] for one in kinds), name="<b>&*_", thresholds=[{"percent": 100}])
        spend(api, 12)
        evaluate(api)
        deliver(api)
        text = alerts(api)[0]["text"]
        slack, teams = (json.loads(received.body) for received in receiver.received)
        assert slack["text"].startswith("&lt;b&gt;&amp;*_ (alice): 12 of 10")
        [card] = teams["attachments"]
        assert card["content"]["body"][0]["inlines"] == [{"type": "TextRun", "text": text}]
        [message] = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
        assert json.loads(message.get("Body", ""))["Message"].startswith(text)

    def test_a_channel_that_was_deleted_is_sent_to_no_more(self, api: Api, receiver: Receiver) -> None:
        made = channel(api, url=receiver.url)
        budget(api, made["id"], thresholds=[{"percent": 100}])
        spend(api, 12)
        evaluate(api)
        assert api.request("DELETE", f"/api/admin/channels/{made['id']}", token=ADMIN).status == 204
        deliver(api)
        assert receiver.received == []
        assert alerts(api)[0]["deliveries"][0]["error"] == "there is no such channel"


@pytest.mark.usefixtures("clock")
class TestChannels:
    def test_a_secret_is_shown_once_and_an_address_never(self, api: Api, receiver: Receiver) -> None:
        made = channel(api, url=receiver.url)
        assert made["secret"].startswith("whsec_")
        listed = api.get("/api/admin/channels", VIEWER).body["channels"]
        assert listed == [{name: value for name, value in made.items() if name != "secret"}]
        assert listed[0]["host"] == "127.0.0.1"
        stored = repr(items("RegistryTable"))
        assert made["secret"] not in stored
        assert "kept-to-itself" not in stored

    def test_a_test_says_whether_the_channel_took_it(
        self, api: Api, receiver: Receiver, capsys: pytest.CaptureFixture[str]
    ) -> None:
        made = channel(api, url=receiver.url)
        path = f"/api/admin/channels/{made['id']}/test"
        taken = api.request("POST", path, token=ADMIN, body="{}")
        assert (taken.status, taken.body) == (200, {"delivered": True, "error": None})
        [received] = receiver.received
        assert Webhook(made["secret"]).verify(received.body, received.headers)["type"] == "channel.test"
        receiver.status = 404
        refused = api.request("POST", path, token=ADMIN, body="{}")
        assert refused.body == {"delivered": False, "error": "127.0.0.1: answered 404"}
        logged = capsys.readouterr()
        assert "kept-to-itself" not in logged.out + logged.err
        assert made["secret"] not in logged.out + logged.err

    def test_a_private_address_is_not_sent_to_unless_its_network_is_named(
        self, api: Api, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("WEBHOOK_NETWORKS", "10.0.0.0/8")
        settings.cache_clear()
        made = channel(api, url=receiver.url)
        answer = api.request("POST", f"/api/admin/channels/{made['id']}/test", token=ADMIN, body="{}")
        assert answer.body == {"delivered": False, "error": "127.0.0.1: an address that is not allowed"}
        assert receiver.received == []

    @pytest.mark.parametrize(
        "given",
        [
            {"kind": "webhook"},
            {"kind": "topic", "url": "https://hooks.example.com/"},
            {"kind": "webhook", "url": "ftp://hooks.example.com/"},
            {"kind": "webhook", "url": "https://me:secret@hooks.example.com/"},
            {"kind": "webhook", "url": "hooks"},
            {"kind": "pager", "url": "https://hooks.example.com/"},
        ],
    )
    def test_what_is_no_channel_is_refused(self, api: Api, given: dict[str, str]) -> None:
        answer = api.request("POST", "/api/admin/channels", token=ADMIN, body=sent({"name": "A", **given}))
        assert answer.status == 400

    def test_a_budget_has_channels_that_exist_only(self, api: Api) -> None:
        given = {"name": "A", "amount": 1, "period": "day", "channels": ["no-such"]}
        answer = api.request("PUT", "/api/admin/budgets/all", token=ADMIN, body=sent(given))
        refusal(answer, 400, "invalid_request", "channels")
