"""The call that a row of LiteLLM's generic_api callback is (its StandardLoggingPayload): docs/gateways.md.

Only what is named here is read of a row. Prompts and answers are in it too, and are neither kept nor logged.
"""

from typing import Any, Final, cast

from ledger.errors import InvalidRequest, Problem
from ledger.fields import Fields, count, number, text, whole, within
from ledger.model_call import CallStatus, CallType
from ledger.token_buckets import token_buckets


def _sync_and_async(call_type: CallType, *names: str) -> dict[str, CallType]:
    return {f"{prefix}{name}": call_type for name in names for prefix in ("", "a", "_", "_a")}


_TYPES: Final = (
    _sync_and_async(CallType.CHAT_COMPLETION, "completion", "text_completion", "responses", "anthropic_messages")
    | _sync_and_async(CallType.CHAT_COMPLETION, "generate_content", "generate_content_stream", "create_interaction")
    | _sync_and_async(CallType.CHAT_COMPLETION, "realtime", "responses_websocket")
    | _sync_and_async(CallType.EMBEDDING, "embedding")
    | _sync_and_async(CallType.IMAGE_GENERATION, "image_generation", "image_edit", "image_variation")
    | _sync_and_async(CallType.AUDIO_GENERATION, "speech", "transcription")
    | _sync_and_async(CallType.VIDEO, "video_generation", "create_video", "video_remix", "video_edit")
)
_MOST_TAGS: Final = 50
_LONGEST_TAG: Final = 100
_USER_AGENT: Final = "User-Agent: "


def call(row: Any, asker: str) -> dict[str, Any]:
    """A row as the call that `POST /api/model-calls` would take; `asker` uses what nobody else does.

    Raises InvalidRequest for what is no row. Whether the call is good is judged where calls are recorded.
    """
    if not isinstance(row, dict):
        raise InvalidRequest(Problem("row", "an object"))
    fields = cast("Fields", row)
    metadata = within(fields, "metadata")
    key_user = text(metadata, "user_api_key_user_id")
    user = (
        text(fields, "end_user")
        or text(metadata, "user_api_key_end_user_id")
        or text(within(fields, "model_parameters"), "user")
        or key_user
        or text(metadata, "user_api_key_alias")
        or text(metadata, "user_api_key_hash")
        or asker
    )
    email, team_alias = text(metadata, "user_api_key_user_email"), text(metadata, "user_api_key_team_alias")
    team = text(metadata, "user_api_key_team_id")
    call_id = text(fields, "litellm_call_id") or text(fields, "id")
    response_id = text(fields, "id")
    provider, model = _model(fields)
    failed = text(fields, "status") == "failure"
    return {
        "id": call_id,
        "userDid": user,
        "appDid": team or text(metadata, "user_api_key_alias"),
        "providerId": provider,
        "model": model,
        "status": CallStatus.FAILED if failed else CallStatus.SUCCESS,
        "requestId": None if response_id == call_id else response_id,
        "traceId": text(fields, "trace_id"),
        "credentialId": text(fields, "model_id"),
        "errorReason": _error(fields) if failed else None,
        "metadata": _metadata(fields, metadata),
        "userInfo": {"email": email} if email and user == key_user else None,
        "appInfo": {"appName": team_alias} if team and team_alias else None,
        **_cost(fields),
        **_times(fields),
        **_usage(fields, within(metadata, "usage_object")),
    }


def _model(fields: Fields) -> tuple[str, str]:
    """Provider and model. What the proxy itself refused has neither."""
    model = text(fields, "model") or text(fields, "model_group") or "unknown"
    prefix, slash, _ = model.partition("/")
    provider = text(fields, "custom_llm_provider") or (prefix if slash else "litellm")
    return provider, model.removeprefix(f"{provider}/")


def _cost(fields: Fields) -> dict[str, Any]:
    """A cost of zero says nothing: models without a price have it, and failures. An answer out of a cache is free."""
    if fields.get("cache_hit") in (True, "True", "true"):
        return {"credits": 0}
    cost = number(fields, "response_cost")
    return {"costUsd": cost} if cost else {}


def _times(fields: Fields) -> dict[str, Any]:
    """`response_time` is not looked at: of a stream it is the time to the first token."""
    start, end = number(fields, "startTime"), number(fields, "endTime")
    first = number(fields, "completionStartTime") if fields.get("stream") is True else None
    if start is None:
        return {}
    times: dict[str, Any] = {"callTime": int(start)}
    if end is not None and end >= start:
        times["duration"] = round(end - start, 3)
    if first is not None and first >= start:
        times["ttfb"] = round((first - start) * 1000)
    return times


def _usage(fields: Fields, usage: Fields) -> dict[str, Any]:
    prompt, completion = within(usage, "prompt_tokens_details"), within(usage, "completion_tokens_details")
    read = count(usage, "cache_read_input_tokens") or count(prompt, "cached_tokens")
    written = count(usage, "cache_creation_input_tokens") or count(prompt, "cache_creation_tokens")
    reasoning = count(completion, "reasoning_tokens")
    output = count(fields, "completion_tokens")
    metrics: dict[str, Any] = token_buckets(count(fields, "prompt_tokens"), output, read, written, reasoning)
    call_type = _TYPES.get(text(fields, "call_type") or "", CallType.CHAT_COMPLETION if output else CallType.CUSTOM)
    used: dict[str, Any] = {"type": call_type, "usageMetrics": metrics}
    seconds = number(usage, "seconds")
    if seconds:
        metrics["seconds"] = seconds
    if call_type is CallType.IMAGE_GENERATION and text(fields, "status") != "failure":
        asked_for = count(within(fields, "model_parameters"), "n") or 1
        used["totalUsage"] = metrics["images"] = count(usage, "output_image_count") or asked_for
    elif not any(metrics.values()) and (total := count(fields, "total_tokens")):
        used["totalUsage"] = total
    elif not any(value for name, value in metrics.items() if name != "seconds") and seconds:
        used["totalUsage"] = seconds
    return used


def _metadata(fields: Fields, metadata: Fields) -> dict[str, Any] | None:
    found = {
        "tags": tags(fields),
        "modelGroup": text(fields, "model_group"),
        "sessionId": text(fields, "session_id"),
        "keyAlias": text(metadata, "user_api_key_alias"),
        "organization": text(metadata, "user_api_key_org_id"),
        "cacheHit": fields.get("cache_hit") in (True, "True", "true"),
    }
    return {name: value for name, value in found.items() if value} or None


def tags(fields: Fields) -> list[str]:
    """The caller's own: LiteLLM adds what the caller's browser is."""
    found: Any = fields.get("request_tags")
    texts = [tag for tag in cast("list[Any]", found) if isinstance(tag, str)] if isinstance(found, list) else []
    return [whole(tag[:_LONGEST_TAG]) for tag in texts if not tag.startswith(_USER_AGENT)][:_MOST_TAGS]


def _error(fields: Fields) -> str:
    return text(fields, "error_str") or text(within(fields, "error_information"), "error_message") or "no reason given"
