"""Callbacks for LiteLLM's proxy: one tells the ledger of every call, one asks it for budgets. See docs/gateways.md.

LiteLLM's own generic_api forgets what ends while a batch is on its way, and a batch that is refused. Here a call leaves
the queue when the ledger has it. A batch that is sent twice is counted once.
"""

import asyncio
import os
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypedDict

import httpx
import litellm
from litellm._logging import verbose_logger
from litellm.integrations.custom_logger import CustomLogger
from litellm.integrations.generic_api.generic_api_callback import GenericAPILogger
from litellm.litellm_core_utils.safe_json_dumps import safe_dumps

if TYPE_CHECKING:
    from litellm.proxy._types import UserAPIKeyAuth

BATCH: Final = 100
LEFT_OUT: Final = {"messages", "response", "model_parameters", "model_map_information", "guardrail_information"}
"""Prompts and answers stay here, and so does the price list's entry of the model, which is most of the rest."""
PARAMETERS: Final = {"user", "n"}
TIMEOUT: Final = 3
"""Seconds that a call waits at most for the ledger's answer."""
KEPT: Final = 5
"""Seconds for which an answer counts, and for which a ledger that can't be reached is not asked again."""
MOST_KEPT: Final = 10_000


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
    answer: Any = row.get("response")
    kept = {name: row[name] for name in row.keys() - LEFT_OUT}
    if isinstance(answer, Mapping):
        kept["service_tier"] = answer.get("service_tier")  # as it was served, and not as it was asked for
    return kept | {"model_parameters": {name: parameters[name] for name in parameters.keys() & PARAMETERS}}


class Asked(NamedTuple):
    """What the ledger is asked about: whom the call is for, and the provider and model where all deployments agree."""

    user: str
    app: str
    provider: str
    model: str


class Budget(TypedDict):
    name: str


class Answer(TypedDict):
    allowed: bool
    budget: Budget | None
    resetsAt: int | None


class LedgerBudgets(CustomLogger):
    """Refuses a call with 429 where the ledger says that a budget is spent.

    A ledger that does not answer refuses nothing, unless USAGE_LEDGER_ON_FAILURE is `deny`.
    """

    def __init__(self) -> None:
        super().__init__()
        self.on_failure: Final = os.environ.get("USAGE_LEDGER_ON_FAILURE", "allow")
        if self.on_failure not in ("allow", "deny"):
            raise ValueError("USAGE_LEDGER_ON_FAILURE is allow or deny")
        self._answers: Final[dict[Asked, tuple[float, asyncio.Task[Answer]]]] = {}
        self._unreachable_until = 0.0

    async def async_pre_call_hook(
        self,
        user_api_key_dict: "UserAPIKeyAuth",
        cache: object,  # noqa: ARG002 - LiteLLM passes it by its name
        data: Mapping[str, Any],
        call_type: str,  # noqa: ARG002
    ) -> None:
        """Raises HTTPException where the call may not be made."""
        from fastapi import HTTPException

        answer = await self._answer(_asked(user_api_key_dict, data))
        if answer["allowed"]:
            return
        budget, resets_at = answer["budget"], answer["resetsAt"]
        if budget is None or resets_at is None:
            raise HTTPException(503, "The usage ledger can't say whether a budget is spent")
        reset = datetime.fromtimestamp(resets_at, UTC).isoformat()
        seconds = max(resets_at - int(time.time()), 1)
        raise HTTPException(
            429,
            f"The budget {budget['name']} is spent. It resets at {reset}.",
            {"retry-after": str(seconds), "x-should-retry": "false"},
        )

    async def _answer(self, asked: Asked) -> Answer:
        """One that is kept, or else one that all who ask for the same meanwhile wait for."""
        now = time.monotonic()
        until, task = self._answers.get(asked, (0.0, None))
        if task is None or now >= until:
            if len(self._answers) >= MOST_KEPT:
                self._answers.clear()
            task = asyncio.create_task(self._ask(asked))
            self._answers[asked] = (now + KEPT, task)
        return await asyncio.shield(task)

    async def _ask(self, asked: Asked) -> Answer:
        unknown: Answer = {"allowed": self.on_failure == "allow", "budget": None, "resetsAt": None}
        if time.monotonic() < self._unreachable_until:
            return unknown
        try:
            response = await calls.async_httpx_client.get(
                f"{calls.endpoint.removesuffix('/ingest/litellm')}/budgets/check",
                {
                    "userDid": asked.user,
                    "appDid": asked.app,
                    "providerId": asked.provider,
                    "model": asked.model,
                    "onFailure": self.on_failure,
                },
                calls.headers,
                timeout=TIMEOUT,
            )
            return response.raise_for_status().json()
        except httpx.HTTPStatusError as error:
            verbose_logger.warning("The usage ledger does not answer for budgets: %s", error.response.status_code)
        except Exception as error:
            self._unreachable_until = time.monotonic() + KEPT
            verbose_logger.warning("The usage ledger can't be asked for budgets: %s", error)
        return unknown


def _asked(key: "UserAPIKeyAuth", data: Mapping[str, Any]) -> Asked:
    """Under the user and the app under which the ledger records the call."""
    user = key.end_user_id or data.get("user") or key.user_id or key.key_alias or key.api_key
    deployments = _deployments(str(data.get("model") or ""), key.team_id)
    providers, models = ({each[position] for each in deployments} for position in (0, 1))
    return Asked(str(user or ""), key.team_id or key.key_alias or "", _only(providers), _only(models))


def _deployments(model: str, team: str | None) -> set[tuple[str, str]]:
    """The providers and models that may answer for a model of the proxy's. Empty where the proxy can't say."""
    from litellm.proxy import proxy_server

    router = proxy_server.llm_router
    try:
        found = (router.get_model_list(model, team) if router else None) or []
        resolved = [
            litellm.get_llm_provider(one["litellm_params"]["model"], one["litellm_params"].get("custom_llm_provider"))
            for one in found
        ]
    except Exception as error:
        verbose_logger.warning("The provider of %s is not known: %s", model, error)
        return set()
    return {(provider, name) for name, provider, *_ in resolved}


def _only(values: set[str]) -> str:
    return next(iter(values)) if len(values) == 1 else ""


calls = UsageLedger()
budgets = LedgerBudgets()
