"""The queues to which changes of the Calls table go that can't be read as changes of calls."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.aws import sqs
from ledger.core import exact_json

_IMAGES = ("OldImage", "NewImage")


def send(queue_url: str, changes: Iterable[Mapping[str, Any]]) -> None:
    """Send a message `{"changes": [change]}` for each change of a stream event.

    A change that is larger than a message is sent with its keys and without its images: it can be looked up, but not
    sent through again. Raises one of `retries.REQUEST_ERRORS`.
    """
    for change in changes:
        if len(exact_json.dumps(change)) > sqs.LARGEST_MESSAGE:
            images = {name: value for name, value in change["dynamodb"].items() if name not in _IMAGES}
            change = {**change, "dynamodb": images}
        sqs.send(queue_url, "changes", [change])
