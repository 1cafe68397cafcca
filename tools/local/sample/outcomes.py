"""What comes of a sample call: its tokens, what they cost, how long it took, or how it failed."""

import math
from decimal import Decimal
from operator import mul
from random import Random
from typing import Any, Final

from tools.local.sample.world import FAILURES, App, Model

IMAGE_TOKENS: Final = (1120, 1568, 2016, 4160)  # by size and quality
VIDEO_SECONDS: Final = (4, 6, 8)
STREAMED: Final = ("chatCompletion", "audioGeneration")

type Fields = dict[str, Any]
type Tokens = tuple[int, int, int, int]  # input, output, cache read, cache write: no token is in two of them


def success(model: Model, app: App, rng: Random) -> Fields:
    """The fields of a call that was answered."""
    if model.unit_price:
        units = rng.choice(VIDEO_SECONDS) if model.type == "video" else 1
        seconds = model.ttfb / 1000 * _about_one(0.3, rng)
        return _outcome("success", seconds, cost=units * model.unit_price) | {"totalUsage": units}
    tokens = _tokens(model, app, rng)
    fresh, answer, read, written = tokens
    ttfb = int(model.ttfb * _about_one(0.35, rng) + (fresh + written) / 40 + read / 400)
    seconds = ttfb / 1000 + answer / model.pace * _about_one(0.15, rng)
    outcome = _outcome("success", seconds, tokens, sum(map(mul, tokens, model.prices)))
    if model.type in STREAMED:
        outcome["ttfb"], outcome["providerTtfb"] = ttfb + 4 + int(rng.random() * 30), ttfb
    return outcome


def failure(model: Model, rng: Random) -> Fields:
    """The fields of a call that failed, which costs nothing."""
    ways = [way for way in FAILURES if not way.types or model.type in way.types]
    (way,) = rng.choices(ways, [way.percent for way in ways])
    outcome = _outcome("failed", way.seconds * _about_one(0.2, rng))
    return outcome | {"errorReason": way.reason.replace("{model}", model.name)}


def unfinished() -> Fields:
    """The fields of a call that is still running, so that nobody knows how long it takes."""
    outcome = _outcome("processing")
    del outcome["duration"]
    return outcome


def _tokens(model: Model, app: App, rng: Random) -> Tokens:
    fresh = 8 + int(app.prompt * _about_one(0.8, rng))
    if model.type == "embedding":
        return fresh, 0, 0, 0
    if model.type == "imageGeneration":
        return fresh, rng.choice(IMAGE_TOKENS), 0, 0
    answer = 1 + int(app.answer * _about_one(0.7, rng))
    if model.type != "chatCompletion" or rng.random() >= app.history:
        return fresh, answer, 0, 0
    # Earlier turns come from the provider's cache, in its blocks; most of what is new goes into it where that is sold.
    read = int(app.prompt * 5 * _about_one(0.9, rng)) // 128 * 128
    written = fresh * 4 // 5 if model.prices[3] else 0
    return fresh - written, answer, read, written


def _outcome(status: str, seconds: float = 0.0, tokens: Tokens = (0, 0, 0, 0), cost: int = 0) -> Fields:
    fresh, answer, read, written = tokens
    return {
        "status": status,
        "duration": round(seconds, 1),
        "usageMetrics": {
            "inputTokens": fresh,
            "outputTokens": answer,
            "cacheReadInputTokens": read,
            "cacheCreationInputTokens": written,
        },
        "credits": Decimal(cost).scaleb(-10),
    }


def _about_one(spread: float, rng: Random) -> float:
    """Log-normal around 1: many that are smaller and a few that are much larger, as prompts and answers are."""
    return math.exp(spread * rng.gauss())
