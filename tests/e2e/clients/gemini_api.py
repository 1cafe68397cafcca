"""Google's API: generateContent and streamGenerateContent."""

import json
from dataclasses import replace
from typing import Any, Final

from tests.e2e.clients.billed import Billed, Tokens

REFUSAL: Final = {"error": {"code": 429, "message": "Rate limit reached", "status": "RESOURCE_EXHAUSTED"}}
TEXT: Final = ("A secret", " answer", ".")


def generate(asked: dict[str, Any], unique: str, tokens: Tokens) -> tuple[Billed, dict[str, Any] | list[str]]:
    """Candidates, without the tokens of thoughts, which are billed as output."""
    tokens = replace(tokens, cache_write=0)
    model = asked["model"]
    is_stream = asked["method"] == "streamGenerateContent"
    call = Billed("chatCompletion", model, tokens, REFUSAL, is_stream)
    usage = {
        "promptTokenCount": tokens.prompt,
        "cachedContentTokenCount": tokens.cache_read,
        "candidatesTokenCount": tokens.output - tokens.reasoning,
        "thoughtsTokenCount": tokens.reasoning,
        "totalTokenCount": tokens.prompt + tokens.output,
        "promptTokensDetails": [{"modality": "TEXT", "tokenCount": tokens.prompt}],
    }
    answer = {"modelVersion": model, "responseId": f"gemini-{unique}", "usageMetadata": usage}
    if not is_stream:
        return call, {**answer, "candidates": [_candidate("".join(TEXT), "STOP")]}
    chunks = [{**answer, "candidates": [_candidate(text, None)]} for text in TEXT[:-1]]
    chunks.append({**answer, "candidates": [_candidate(TEXT[-1], "STOP")]})
    return call, [f"data: {json.dumps(chunk)}\r\n\r\n" for chunk in chunks]


def _candidate(text: str, ended: str | None) -> dict[str, Any]:
    candidate: dict[str, Any] = {"index": 0, "content": {"role": "model", "parts": [{"text": text}]}}
    return candidate | ({"finishReason": ended} if ended else {})
