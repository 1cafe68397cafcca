"""A callback for LiteLLM's proxy that tells the ledger of every call: docs/gateways.md.

LiteLLM's own generic_api forgets what ends while a batch is on its way, and a batch that is refused. Here a call leaves
the queue when the ledger has it. A batch that is sent twice is counted once.
"""

from collections.abc import Mapping
from typing import Any, Final

from litellm._logging import verbose_logger
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger
from litellm.litellm_core_utils.safe_json_dumps import safe_dumps

BATCH: Final = 100
LEFT_OUT: Final = {"messages", "response", "model_parameters", "model_map_information", "guardrail_information"}
"""Prompts and answers stay here, and so does the price list's entry of the model, which is most of the rest."""
PARAMETERS: Final = {"user", "n"}


class UsageLedger(GenericAPILogger):
    """Sends to GENERIC_LOGGER_ENDPOINT with GENERIC_LOGGER_HEADERS, every DEFAULT_FLUSH_INTERVAL_SECONDS."""

    async def flush_queue(self) -> None:
        """Send all that waits. What is not taken waits for the next time; of too much, the oldest is dropped."""
        async with self.flush_lock:
            try:
                while batch := self.log_queue[:BATCH]:
                    await self._post_with_retries(data=safe_dumps([_told(row) for row in batch if row]))
                    del self.log_queue[: len(batch)]
            except Exception as error:
                waiting = len(self.log_queue)
                verbose_logger.warning("The usage ledger took no calls, %s wait for the next time: %s", waiting, error)
            del self.log_queue[: -self.max_queue_size]

    async def async_send_batch(self) -> None:
        """Nothing yet: a full batch waits for its turn too, so that no two are on their way at once."""


def _told(row: Mapping[str, Any]) -> dict[str, Any]:
    parameters: Mapping[str, Any] = row.get("model_parameters") or {}
    kept = {name: row[name] for name in row.keys() - LEFT_OUT}
    return kept | {"model_parameters": {name: parameters[name] for name in parameters.keys() & PARAMETERS}}


calls = UsageLedger()
