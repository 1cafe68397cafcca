"""Rows of gateways that the ledger could not read: to look at, and to send through it again."""

import json
from collections.abc import Iterator
from typing import Any

import httpx

from ledger.core.identity import Role
from tools.operate.stack import Stack

SECONDS = 30
"""For which messages that are received stay hidden."""


def rows_set_aside(stack: Stack) -> Iterator[dict[str, Any]]:
    """Every row with its gateway, when it came, and why it was set aside. They stay in the queue."""
    queue, url = _queue(stack)
    for message in list(_messages(stack)):
        queue.change_message_visibility(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0)
        about = json.loads(message["Body"])
        for aside in about.pop("rows"):
            yield {**about, **aside}


def replay_set_aside(stack: Stack) -> Iterator[str]:
    """Send every row through the ledger again, and tell of each message. What still can't be read is set aside anew."""
    queue, url = _queue(stack)
    headers = {"Authorization": f"Bearer {stack.token('set-aside', Role.RECORDER)}"}
    for message in list(_messages(stack)):
        about = json.loads(message["Body"])
        rows = [aside["row"] for aside in about["rows"]]
        response = httpx.post(f"{stack.api_url}/api/ingest/{about['gateway']}", json=rows, headers=headers, timeout=60)
        response.raise_for_status()
        queue.delete_message(QueueUrl=url, ReceiptHandle=message["ReceiptHandle"])
        yield f"{len(rows)} rows: {response.json()['setAside']} of them set aside again"


def _messages(stack: Stack) -> Iterator[Any]:
    """Each message once, as long as this takes no longer than they stay hidden."""
    queue, url = _queue(stack)
    asked = {"QueueUrl": url, "MaxNumberOfMessages": 10, "VisibilityTimeout": SECONDS}
    while page := queue.receive_message(**asked).get("Messages"):
        yield from page


def _queue(stack: Stack) -> tuple[Any, str]:
    """A client, and the URL that it needs."""
    return stack.session.client("sqs", endpoint_url=stack.endpoint_url), stack.outputs["RowsSetAsideQueueUrl"]
