"""The archive of a deployed stack: changes arrive in it, nights run, and it has what the table has."""

import time
import uuid
from decimal import Decimal
from typing import Any, cast

from ledger.core.identity import Role
from ledger.core.moments import DAY, utc_day
from tests.e2e.conftest import SignIn
from tests.e2e.probes import invoke, minutes_pass
from tools.operate.night import run_night, verify
from tools.operate.stack import Stack
from tools.operate.tables import view


def call(did: str, number: int, call_time: int, **fields: Any) -> dict[str, Any]:
    usual = {
        "id": f"{did}-{number}",
        "userDid": did,
        "providerId": "openai",
        "model": "gpt-5",
        "type": "chatCompletion",
        "status": "success",
        "credits": "0.1234567891",
        "usageMetrics": {"inputTokens": number, "outputTokens": 2, "images": "0.5"},
        "metadata": {"team": "rot 🟥", "n": 1.50},
        "callTime": call_time,
    }
    return usual | fields


def ask(stack: Stack, query: str) -> list[list[str]]:
    """Ask the emulator's Athena, which has no views, with the statement of the view in the query. Returns the rows."""
    athena = cast("Any", stack.session.client("athena", endpoint_url=stack.endpoint_url))  # pyright: ignore[reportUnknownMemberType]
    execution = athena.start_query_execution(
        QueryString=f"WITH calls AS ({view()[0]}) {query}",
        QueryExecutionContext={"Database": stack.name.replace("-", "_")},
        WorkGroup=stack.name,
        # The emulator does not keep results itself.
        ResultConfiguration={"OutputLocation": f"s3://{stack.outputs['ArchiveBucketName']}/results/"},
    )["QueryExecutionId"]
    while True:
        status = athena.get_query_execution(QueryExecutionId=execution)["QueryExecution"]["Status"]
        if status["State"] not in ("QUEUED", "RUNNING"):
            break
        time.sleep(0.2)
    assert status["State"] == "SUCCEEDED", status
    rows = athena.get_query_results(QueryExecutionId=execution)["ResultSet"]["Rows"]
    return [[cell.get("VarCharValue", "") for cell in row["Data"]] for row in rows[1:]]


def test_calls_and_their_corrections_are_archived_by_changes_and_by_nights(stack: Stack, sign_in: SignIn) -> None:
    """And the view of Athena has the latest version of each: from changes alone, and beside the files of a night."""
    did, now = f"did:nora:{uuid.uuid4()}", int(time.time())
    days = [utc_day(now - 3 * DAY), utc_day(now - 2 * DAY)]
    recorder = sign_in("gateway", Role.RECORDER)
    first = [call(did, number, now - (2 + number % 2) * DAY) for number in range(60)]
    assert recorder.post("/api/model-calls", json=first).json()["recorded"] == 60
    question = f"SELECT model, count(*), sum(credits) FROM calls WHERE user_did = '{did}' GROUP BY model ORDER BY model"  # noqa: S608

    with minutes_pass(stack):
        assert list(verify(stack, days)) == [f"{day}: 0 differences" for day in days]
        assert [(row[0], row[1]) for row in ask(stack, question)] == [("gpt-5", "60")]
        lines = list(run_night(stack, days))
        assert lines[-1] == "Verify"

        corrected = [call(did, number, now - 2 * DAY, model="gpt-5-mini") for number in range(10)]
        assert recorder.post("/api/model-calls", json=corrected).json()["recorded"] == 10
        assert list(verify(stack, days)) == [f"{day}: 0 differences" for day in days]
        assert [(row[0], row[1], Decimal(row[2])) for row in ask(stack, question)] == [
            ("gpt-5", "50", 50 * Decimal("0.1234567891")),
            ("gpt-5-mini", "10", 10 * Decimal("0.1234567891")),
        ]
        assert list(run_night(stack, []))[-1] == "Verify"

    bucket = stack.session.client("s3", endpoint_url=stack.endpoint_url)
    name = stack.outputs["ArchiveBucketName"]
    for day in days:
        objects = bucket.list_objects_v2(Bucket=name, Prefix=f"calls/day={day}/").get("Contents", [])
        assert len({item.get("Key", "").split("/")[2] for item in objects}) == 1, "a night of old days is not repeated"
    assert invoke(stack, stack.resources["KeepArchiveFunction"], {})["hoursFolded"] in (0, 1)
