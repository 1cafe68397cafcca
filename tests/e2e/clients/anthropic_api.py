"""Anthropic's API: messages."""

import json
from dataclasses import replace
from typing import Any, Final

from tests.e2e.clients.billed import Billed, Tokens

ANSWERS: Final = {"claude-sonnet-4-5": "claude-sonnet-4-5-20250929"}
REFUSAL: Final = {"type": "error", "error": {"type": "rate_limit_error", "message": "Rate limit reached"}}
TEXT: Final = ("A secret", " answer", ".")


def messages(asked: dict[str, Any], unique: str, tokens: Tokens) -> tuple[Billed, dict[str, Any] | list[str]]:
    """A message. The tokens of the cache are beside those of the input, and a stream's output grows."""
    tokens = replace(tokens, reasoning=0)
    model = asked["model"]
    call = Billed("chatCompletion", model, tokens, REFUSAL, bool(asked.get("stream")))
    usage = {
        "input_tokens": tokens.input,
        "cache_creation_input_tokens": tokens.cache_write,
        "cache_read_input_tokens": tokens.cache_read,
        "cache_creation": {"ephemeral_5m_input_tokens": tokens.cache_write, "ephemeral_1h_input_tokens": 0},
        "output_tokens": tokens.output,
        "service_tier": "standard",
    }
    message = {
        "id": f"msg_{unique}",
        "type": "message",
        "role": "assistant",
        "model": ANSWERS.get(model, model),
        "content": [{"type": "text", "text": "".join(TEXT)}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": usage,
    }
    if not call.is_stream:
        return call, message

    begun = {**message, "content": [], "stop_reason": None, "usage": {**usage, "output_tokens": 1}}
    events = [
        {"type": "message_start", "message": begun},
        {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
        *({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": t}} for t in TEXT),
        {"type": "content_block_stop", "index": 0},
        {
            "type": "message_delta",
            "delta": {"stop_reason": "end_turn", "stop_sequence": None},
            "usage": {"output_tokens": tokens.output},
        },
        {"type": "message_stop"},
    ]
    return call, [f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events]
