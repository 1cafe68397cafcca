"""OpenAI's API: chat completions, responses, embeddings and images."""

import base64
import json
import struct
import time
from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

from tests.e2e.clients.billed import Billed, Tokens

ANSWERS: Final = {"gpt-4o-mini": "gpt-4o-mini-2024-07-18"}
"""The model that answers for one that is requested, if it is another."""
REFUSAL: Final = {
    "error": {"message": "Rate limit reached", "type": "requests", "param": None, "code": "rate_limit_exceeded"}
}
TEXT: Final = ("A secret", " answer", ".")


def chat(asked: dict[str, Any], unique: str, tokens: Tokens) -> tuple[Billed, dict[str, Any] | list[str]]:
    """A chat completion. The last chunk of a stream has the usage if the request asks for it."""
    tokens = replace(tokens, cache_write=0)
    usage = {
        "prompt_tokens": tokens.prompt,
        "completion_tokens": tokens.output,
        "total_tokens": tokens.prompt + tokens.output,
        "prompt_tokens_details": {"cached_tokens": tokens.cache_read, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": tokens.reasoning,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }
    model = asked["model"]
    call = Billed("chatCompletion", model, tokens, REFUSAL, bool(asked.get("stream")))
    answer = {
        "id": f"chatcmpl-{unique}",
        "created": int(time.time()),
        "model": ANSWERS.get(model, model),
        "service_tier": "default",
        "system_fingerprint": "fp_0",
    }
    if not call.is_stream:
        message: dict[str, Any] = {"role": "assistant", "content": "".join(TEXT), "refusal": None, "annotations": []}
        choice: dict[str, Any] = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return call, {**answer, "object": "chat.completion", "choices": [choice], "usage": usage}

    answer["object"] = "chat.completion.chunk"
    chunks = [{**answer, "choices": [_delta({"role": "assistant", "content": ""})]}]
    chunks += [{**answer, "choices": [_delta({"content": text})]} for text in TEXT]
    chunks += [{**answer, "choices": [_delta({}) | {"finish_reason": "stop"}]}]
    if (asked.get("stream_options") or {}).get("include_usage"):
        chunks = [{**chunk, "usage": None} for chunk in chunks] + [{**answer, "choices": [], "usage": usage}]
    return call, [*(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks), "data: [DONE]\n\n"]


def _delta(delta: dict[str, Any]) -> dict[str, Any]:
    return {"index": 0, "delta": delta, "logprobs": None, "finish_reason": None}


def responses(asked: dict[str, Any], unique: str, tokens: Tokens) -> tuple[Billed, dict[str, Any] | list[str]]:
    """A response."""
    tokens = replace(tokens, cache_write=0)
    model = asked["model"]
    call = Billed("chatCompletion", model, tokens, REFUSAL, bool(asked.get("stream")))
    part: dict[str, Any] = {"type": "output_text", "text": "".join(TEXT), "annotations": [], "logprobs": []}
    message: dict[str, Any] = {"id": f"msg_{unique}", "type": "message", "role": "assistant", "status": "completed"}
    begun: dict[str, Any] = {
        "id": f"resp_{unique}",
        "object": "response",
        "created_at": int(time.time()),
        "status": "in_progress",
        "model": ANSWERS.get(model, model),
        "output": [],
        "error": None,
        "incomplete_details": None,
        "instructions": None,
        "metadata": {},
        "parallel_tool_calls": True,
        "temperature": 1.0,
        "top_p": 1.0,
        "tool_choice": "auto",
        "tools": [],
        "text": {"format": {"type": "text"}},
        "truncation": "disabled",
        "usage": None,
    }
    usage = {
        "input_tokens": tokens.prompt,
        "input_tokens_details": {"cached_tokens": tokens.cache_read, "cache_write_tokens": 0},
        "output_tokens": tokens.output,
        "output_tokens_details": {"reasoning_tokens": tokens.reasoning},
        "total_tokens": tokens.prompt + tokens.output,
    }
    ended: dict[str, Any] = {**begun, "status": "completed", "output": [{**message, "content": [part]}], "usage": usage}
    if not call.is_stream:
        return call, ended

    of_part = {"item_id": message["id"], "output_index": 0, "content_index": 0}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": begun},
        {"type": "response.in_progress", "response": begun},
        {
            "type": "response.output_item.added",
            "output_index": 0,
            "item": {**message, "status": "in_progress", "content": []},
        },
        {"type": "response.content_part.added", **of_part, "part": {**part, "text": ""}},
        *({"type": "response.output_text.delta", **of_part, "delta": text, "logprobs": []} for text in TEXT),
        {"type": "response.output_text.done", **of_part, "text": part["text"], "logprobs": []},
        {"type": "response.content_part.done", **of_part, "part": part},
        {"type": "response.output_item.done", "output_index": 0, "item": {**message, "content": [part]}},
        {"type": "response.completed", "response": ended},
    ]
    return call, [*_named(events)]


def _named(events: Iterable[dict[str, Any]]) -> Iterable[str]:
    for number, event in enumerate(events):
        yield f"event: {event['type']}\ndata: {json.dumps({**event, 'sequence_number': number})}\n\n"


def embeddings(asked: dict[str, Any], _: str, tokens: Tokens) -> tuple[Billed, dict[str, Any]]:
    """One vector for each text, as numbers or as base64 of floats."""
    call = Billed("embedding", asked["model"], Tokens(input=tokens.input), REFUSAL)
    texts = 1 if isinstance(asked["input"], str) else len(asked["input"])
    vector: list[float] | str = [0.1, 0.2, 0.3]
    if asked.get("encoding_format") == "base64":
        vector = base64.b64encode(struct.pack("<3f", 0.1, 0.2, 0.3)).decode()
    rows = [{"object": "embedding", "index": index, "embedding": vector} for index in range(texts)]
    usage = {"prompt_tokens": tokens.input, "total_tokens": tokens.input}
    return call, {"object": "list", "data": rows, "model": asked["model"], "usage": usage}


def images(asked: dict[str, Any], _: str, tokens: Tokens) -> tuple[Billed, dict[str, Any]]:
    """One image of no content."""
    tokens = Tokens(input=tokens.input, output=tokens.output)
    call = Billed("imageGeneration", asked["model"], tokens, REFUSAL)
    usage = {
        "input_tokens": tokens.input,
        "input_tokens_details": {"text_tokens": tokens.input, "image_tokens": 0},
        "output_tokens": tokens.output,
        "total_tokens": tokens.input + tokens.output,
    }
    return call, {"created": int(time.time()), "data": [{"b64_json": "AAAA"}], "usage": usage}
