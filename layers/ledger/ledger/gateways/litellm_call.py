"""Converts rows of LiteLLM's generic_api callback to calls: docs/gateways.md."""

from decimal import Decimal
from typing import Any, Final

from ledger.calls.model_call import CallStatus, CallType
from ledger.gateways.fields import FROM_API_KEY, identifier
from ledger.gateways.litellm_payload import Details, Metadata, Payload, Usage
from ledger.gateways.models import without_provider
from ledger.gateways.token_buckets import token_buckets
from ledger.pricing.meters import Meter
from ledger.pricing.providers import canonical


def _sync_and_async(call_type: CallType, *names: str) -> dict[str, CallType]:
    return {f"{prefix}{name}": call_type for name in names for prefix in ("", "a", "_", "_a")}


TYPES: Final = (
    _sync_and_async(CallType.CHAT_COMPLETION, "completion", "text_completion", "responses", "anthropic_messages")
    | _sync_and_async(CallType.CHAT_COMPLETION, "generate_content", "generate_content_stream", "create_interaction")
    | _sync_and_async(CallType.CHAT_COMPLETION, "realtime", "responses_websocket")
    | _sync_and_async(CallType.EMBEDDING, "embedding")
    | _sync_and_async(CallType.IMAGE_GENERATION, "image_generation", "image_edit", "image_variation")
    | _sync_and_async(CallType.AUDIO_GENERATION, "speech", "transcription")
    | _sync_and_async(CallType.VIDEO, "video_generation", "create_video", "video_remix", "video_edit")
)
_NOBODY: Final = Metadata()
_NOTHING: Final = Usage()
_NONE: Final = Details()


def call(row: Payload, asker: str) -> dict[str, Any]:
    """Returns a row as a call that `POST /api/model-calls` accepts. A call without a user gets the user `asker`.

    The call is validated where calls are recorded.
    """
    metadata = row.metadata or _NOBODY
    key_user, team, alias = metadata.user_api_key_user_id, metadata.user_api_key_team_id, metadata.user_api_key_alias
    email, team_alias = metadata.user_api_key_user_email, metadata.user_api_key_team_alias
    user = (
        row.end_user
        or metadata.user_api_key_end_user_id
        or (row.model_parameters and row.model_parameters.user)
        or key_user
        or alias
        or metadata.user_api_key_hash
    )
    call_id, response_id, trace_id = row.litellm_call_id or row.id, row.id, row.trace_id
    provider, model = _model(row)
    tier = (metadata.usage_object and metadata.usage_object.service_tier) or row.service_tier
    failed = row.status == "failure"
    return {
        "id": call_id and identifier(call_id),
        "userDid": identifier(user or asker),
        "appDid": (team or alias) and identifier(team or alias or ""),
        "providerId": provider,
        "model": model,
        "status": CallStatus.FAILED if failed else CallStatus.SUCCESS,
        "serviceTier": tier and identifier(tier),
        "requestId": None if response_id == call_id else response_id and identifier(response_id),
        "traceId": trace_id and identifier(trace_id),
        "credentialId": row.model_id and identifier(row.model_id),
        "errorReason": _error(row) if failed else None,
        "metadata": _metadata(row, metadata, is_askers=not user),
        "userInfo": {"email": email} if email and user == key_user else None,
        "appInfo": {"appName": team_alias} if team and team_alias else None,
        **_cost(row),
        **_times(row),
        **_usage(row, metadata.usage_object or _NOTHING, failed=failed),
    }


def _model(row: Payload) -> tuple[str, str]:
    """Returns the provider and the model. A request that the proxy itself refused has neither."""
    model = row.model or row.model_group or "unknown"
    prefix, slash, _ = model.partition("/")
    named = row.custom_llm_provider or (prefix if slash else "litellm")
    provider = canonical(named)
    return identifier(provider), identifier(without_provider(model.removeprefix(f"{named}/"), provider))


def _cost(row: Payload) -> dict[str, Any]:
    """A cost of zero is ignored, since models without a price and failures have it. Answers from a cache are free."""
    if row.is_cache_hit:
        return {"credits": 0}
    return {"costUsd": Decimal(repr(row.response_cost))} if row.response_cost else {}


def _times(row: Payload) -> dict[str, Any]:
    """`response_time` is not read, since it is the time to the first token for a stream."""
    start, end = row.startTime, row.endTime
    first = row.completionStartTime if row.stream is True else None
    if start is None:
        return {}
    times: dict[str, Any] = {"callTime": int(start)}
    if end is not None and end >= start:
        times["duration"] = round(end - start, 3)
    if first is not None and first >= start:
        times["ttfb"] = round((first - start) * 1000)
    return times


def _usage(row: Payload, usage: Usage, *, failed: bool) -> dict[str, Any]:
    prompt, completion = usage.prompt_tokens_details or _NONE, usage.completion_tokens_details or _NONE
    written, tools = prompt.cache_creation_token_details, usage.server_tool_use
    output = row.completion_tokens or 0
    metrics: dict[str, Any] = token_buckets(
        row.prompt_tokens or 0,
        output,
        usage.cache_read_input_tokens or prompt.cached_tokens or 0,
        usage.cache_creation_input_tokens or prompt.cache_creation_tokens or 0,
        {
            Meter.CACHE_CREATION_1H: (written and written.ephemeral_1h_input_tokens) or 0,
            Meter.REASONING: completion.reasoning_tokens or 0,
            Meter.INPUT_AUDIO: prompt.audio_tokens or 0,
            Meter.INPUT_IMAGE: prompt.image_tokens or 0,
            Meter.OUTPUT_AUDIO: completion.audio_tokens or 0,
            Meter.OUTPUT_IMAGE: completion.image_tokens or 0,
            Meter.WEB_SEARCH: (tools and tools.web_search_requests) or prompt.web_search_requests or 0,
        },
    )
    call_type = TYPES.get(row.call_type or "", CallType.CHAT_COMPLETION if output else CallType.CUSTOM)
    used: dict[str, Any] = {"type": call_type, "usageMetrics": metrics}
    has_tokens = any(metrics.values())
    if usage.seconds:
        metrics["seconds"] = round(usage.seconds, 6)
    if call_type is CallType.IMAGE_GENERATION and not failed:
        asked_for = row.model_parameters and row.model_parameters.n
        used["totalUsage"] = metrics["images"] = usage.output_image_count or asked_for or 1
    elif not has_tokens and (usage.seconds or row.total_tokens):
        used["totalUsage"] = metrics.get("seconds") or row.total_tokens
    return used


def _metadata(row: Payload, metadata: Metadata, *, is_askers: bool) -> dict[str, Any] | None:
    found = {
        "tags": row.tags,
        "modelGroup": row.model_group,
        "sessionId": row.session_id,
        "keyAlias": metadata.user_api_key_alias,
        "organization": metadata.user_api_key_org_id,
        "cacheHit": row.is_cache_hit,
        "userFrom": FROM_API_KEY if is_askers else None,
    }
    return {name: value for name, value in found.items() if value} or None


def _error(row: Payload) -> str:
    return row.error_str or (row.error_information and row.error_information.error_message) or "no reason given"
