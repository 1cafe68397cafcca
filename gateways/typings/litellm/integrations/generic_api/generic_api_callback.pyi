from asyncio import Lock
from collections.abc import Mapping
from typing import Any

import httpx

class AsyncHTTPHandler:
    async def get(
        self,
        url: str,
        params: Mapping[str, str],
        headers: Mapping[str, str],
        *,
        timeout: float,  # noqa: ASYNC109 - its name is LiteLLM's
    ) -> httpx.Response: ...

class GenericAPILogger:
    flush_lock: Lock
    log_queue: list[Mapping[str, Any] | None]
    max_queue_size: int
    endpoint: str
    headers: dict[str, str]
    async_httpx_client: AsyncHTTPHandler
    def __init__(self) -> None: ...
    async def flush_queue(self) -> None: ...
    async def async_send_batch(self) -> None: ...
    async def _post_with_retries(self, data: str) -> object: ...
