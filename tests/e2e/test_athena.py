"""The tables of a deployed stack in Athena have every call once."""

import time
import uuid
from decimal import Decimal
from typing import Any, cast

from ledger.core.identity import Role
from ledger.core.moments import DAY, utc_day
from tests.e2e.conftest import SignIn
from tests.e2e.test_archive import call, minutes_pass
from tools.operate.night import run_night, verify
from tools.operate.stack import Stack
from tools.operate.tables import view


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


def test_the_view_of_athena_has_the_latest_version_of_every_call(stack: Stack, sign_in: SignIn) -> None:
    did, now = f"did:athena:{uuid.uuid4()}", int(time.time())
    days = [utc_day(now - 5 * DAY), utc_day(now - 4 * DAY)]
    recorder = sign_in("gateway", Role.RECORDER)
    recorded = [call(did, number, now - (4 + number % 2) * DAY) for number in range(20)]
    assert recorder.post("/api/model-calls", json=recorded).json()["recorded"] == 20
    question = f"SELECT model, count(*), sum(credits) FROM calls WHERE user_did = '{did}' GROUP BY model ORDER BY model"  # noqa: S608
    with minutes_pass(stack):
        assert list(verify(stack, days)) == [f"{day}: 0 differences" for day in days]
        assert [(row[0], row[1]) for row in ask(stack, question)] == [("gpt-5", "20")]
        list(run_night(stack, days))
        corrected = [call(did, number, now - 4 * DAY, model="o3") for number in (0, 2, 4)]
        assert recorder.post("/api/model-calls", json=corrected).json()["recorded"] == 3
        assert list(verify(stack, days)) == [f"{day}: 0 differences" for day in days]
    assert [(row[0], row[1], Decimal(row[2])) for row in ask(stack, question)] == [
        ("gpt-5", "17", 17 * Decimal("0.1234567891")),
        ("o3", "3", 3 * Decimal("0.1234567891")),
    ]
