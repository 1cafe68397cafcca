"""The quota of a credential: how many requests it may send a minute."""

import time
from dataclasses import dataclass, field
from typing import Self

from aws_lambda_powertools import Logger

from ledger.aws import dynamodb
from ledger.aws.retries import REQUEST_ERRORS
from ledger.aws.settings import Settings
from ledger.core import keys
from ledger.core.errors import TooManyRequests
from ledger.core.moments import HOUR, MINUTE

logger = Logger()


@dataclass
class Quota:
    """Counts requests in the Registry table, in an item for each credential and minute.

    A credential that has been refused is refused without a write until the minute is over, so that a flood of requests
    does not become a flood of writes.
    """

    table: str
    per_minute: int
    """0 for no limit."""
    _minute: int = 0
    _refused: set[str] = field(default_factory=set[str])

    @classmethod
    def of(cls, settings: Settings) -> Self:
        return cls(settings.registry_table, settings.requests_per_minute_per_key)

    def take(self, credential: str) -> None:
        """Count a request that a credential sends now. Raises TooManyRequests where it is one too many.

        While requests can't be counted none is refused: to lose calls would be worse than to take too many.
        """
        if not self.per_minute or not credential:
            return
        now = int(time.time())
        minute, seconds = divmod(now, MINUTE)
        if self._minute != minute:
            self._minute, self._refused = minute, set()
        if credential not in self._refused and self._is_within(credential, minute):
            return
        self._refused.add(credential)
        raise TooManyRequests(MINUTE - seconds)

    def _is_within(self, credential: str, minute: int) -> bool:
        try:
            dynamodb.client().update_item(
                TableName=self.table,
                Key={"id": {"S": keys.quota(credential, minute)}},
                UpdateExpression="SET removeAt = :removeAt ADD sent :one",
                ConditionExpression="attribute_not_exists(sent) OR sent < :most",
                ExpressionAttributeValues={
                    ":removeAt": {"N": str(minute * MINUTE + HOUR)},
                    ":one": {"N": "1"},
                    ":most": {"N": str(self.per_minute)},
                },
            )
        except dynamodb.client().exceptions.ConditionalCheckFailedException:
            return False
        except REQUEST_ERRORS:
            logger.exception("Requests can't be counted")
        return True
