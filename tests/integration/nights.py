"""What happens by itself on a deployed stack: each minute, each night, and when calls leave the table."""

import time
from typing import Any

import time_machine

from ledger.aws import dynamodb
from ledger.core.moments import iso
from tests.integration.harness import RESOURCES, Api, payload
from tests.integration.support import archive, count, items


def minute_passes(api: Api, clock: time_machine.Traveller) -> None:
    count(api)
    for _ in range(2):
        clock.shift(60)
        api.handle("advance_archive", payload("advance_archive"))
        archive(api)
    clock.shift(60)
    api.handle("advance_archive", payload("advance_archive"))


def night(api: Api, clock: time_machine.Traveller, days: list[str] | None) -> list[dict[str, Any]]:
    """Take the steps until all is done. Returns the plans that there was something to archive for."""
    plans: list[dict[str, Any]] = []
    event = {"days": days, "since": iso(time.time())}
    event |= api.handle("open_night", event)
    while (plan := api.handle("plan_night", event))["next"] != "nothing":
        if plan["next"] == "archive":
            plans.append(plan)
        for part in plan["parts"]:
            api.handle("archive_part", {"part": part, "generation": plan["generation"]})
        minute_passes(api, clock)
        for day in plan["days"]:
            published = api.handle("publish_day", {"day": day, "generation": plan["generation"]})
            assert published == {"isPublished": True}
        for section in plan["sections"]:
            assert api.handle("aggregate_section", {"section": section, "night": plan["night"]})["drifted"] == 0
    return plans


def expire() -> None:
    """Let DynamoDB remove what has expired: calls, and the spans from which calls were put together."""
    for table in ("CallsTable", "IngestionTable"):
        keys = [each["AttributeName"] for each in RESOURCES[table]["Properties"]["KeySchema"]]
        for item in items(table):
            if int(item["expiresAt"]["N"]) <= time.time():
                dynamodb.client().delete_item(TableName=table, Key={key: item[key] for key in keys})
