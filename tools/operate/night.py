"""The nightly run by hand, and the comparison of its archive with the table."""

import json
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

from tools.operate.stack import Stack

PAUSE = 2.0
_MAPS = {"WriteParts", "PublishDays", "AggregateSections"}


def days_of(text: str) -> list[str]:
    """Returns the days of a text such as "2026-11-01..2026-11-20 2026-11-22". Raises ValueError."""
    days: list[str] = []
    for part in text.split():
        first, _, last = part.partition("..")
        start, end = date.fromisoformat(first), date.fromisoformat(last or first)
        days += [(start + timedelta(number)).isoformat() for number in range((end - start).days + 1)]
    return days


def run_night(stack: Stack, days: Sequence[str]) -> Iterator[str]:
    """Run the night now: for these call days, or for all that changed. Yields a line whenever it has come further.

    Raises RuntimeError where it fails.
    """
    machines: Any = stack.session.client("stepfunctions", endpoint_url=stack.endpoint_url)
    started = machines.start_execution(
        stateMachineArn=stack.outputs["NightArn"], input=json.dumps({"days": list(days) or None})
    )
    said = ""
    while True:
        execution = machines.describe_execution(executionArn=started["executionArn"])
        line = _progress(machines, started["executionArn"])
        if line != said:
            said = line
            yield line
        if execution["status"] != "RUNNING":
            break
        time.sleep(PAUSE)
    if execution["status"] != "SUCCEEDED":
        raise RuntimeError(f"the run failed: {execution.get('error', execution['status'])}: {execution.get('cause')}")


def verify(stack: Stack, days: Sequence[str]) -> Iterator[str]:
    """Compare the table with the archive, for these days or the last two. Yields a line for each day and difference.

    Raises RuntimeError where that is not possible.
    """
    functions: Any = stack.session.client("lambda", endpoint_url=stack.endpoint_url)
    answer = functions.invoke(
        FunctionName=stack.resources["VerifyArchiveFunction"], Payload=json.dumps({"days": list(days) or None})
    )
    found = json.load(answer["Payload"])
    if "FunctionError" in answer:
        raise RuntimeError(f"{found['errorType']}: {found['errorMessage']}")
    for day, differences in found.items():
        yield f"{day}: {len(differences)} differences"
        yield from (f"  {difference['id']}: in {difference['found_in']}" for difference in differences)


def _progress(machines: Any, execution: str) -> str:
    """Which step the run has come to and, of the Maps, how many of their items are done."""
    history = machines.get_execution_history(executionArn=execution, reverseOrder=True, maxResults=100)["events"]
    steps = (event["stateEnteredEventDetails"]["name"] for event in history if "stateEnteredEventDetails" in event)
    line = next(steps, "begins")
    maps = machines.list_map_runs(executionArn=execution)["mapRuns"]
    if line in _MAPS and maps:
        latest = max(maps, key=lambda run: run["startDate"])
        counts = machines.describe_map_run(mapRunArn=latest["mapRunArn"])["itemCounts"]
        line += f": {counts['succeeded']} of {counts['total']}"
    return line
