"""Meters: what of a call has a price, and how much of each a call used. No token is in two of them."""

from decimal import Decimal
from enum import StrEnum
from typing import Final

from ledger.calls.model_call import CallStatus, CallType, ModelCall


class Meter(StrEnum):
    """What is counted and charged, by its name in `usageMetrics` and in `listCosts`."""

    INPUT = "inputTokens"
    OUTPUT = "outputTokens"
    CACHE_READ = "cacheReadInputTokens"
    CACHE_CREATION = "cacheCreationInputTokens"
    """For five minutes, unless they are told to be for an hour."""
    CACHE_CREATION_1H = "cacheCreation1hInputTokens"
    INPUT_AUDIO = "inputAudioTokens"
    INPUT_IMAGE = "inputImageTokens"
    CACHE_READ_AUDIO = "cacheReadAudioTokens"
    CACHE_READ_IMAGE = "cacheReadImageTokens"
    OUTPUT_AUDIO = "outputAudioTokens"
    OUTPUT_IMAGE = "outputImageTokens"
    REASONING = "reasoningTokens"
    WEB_SEARCH = "webSearches"
    IMAGE = "images"
    SECOND = "seconds"
    REQUEST = "requests"


PARTS: Final = {
    Meter.INPUT: (Meter.INPUT_AUDIO, Meter.INPUT_IMAGE),
    Meter.OUTPUT: (Meter.REASONING, Meter.OUTPUT_AUDIO, Meter.OUTPUT_IMAGE),
    Meter.CACHE_READ: (Meter.CACHE_READ_AUDIO, Meter.CACHE_READ_IMAGE),
    Meter.CACHE_CREATION: (Meter.CACHE_CREATION_1H,),
}
"""The four token buckets, and what a gateway may tell of how many of their tokens. The others are the bucket's own."""
UNCACHED: Final = {
    Meter.CACHE_READ: Meter.INPUT,
    Meter.CACHE_READ_AUDIO: Meter.INPUT_AUDIO,
    Meter.CACHE_READ_IMAGE: Meter.INPUT_IMAGE,
    Meter.CACHE_CREATION: Meter.INPUT,
    Meter.CACHE_CREATION_1H: Meter.INPUT,
}
"""What tokens would have been that were read from a cache, or written to it, without the cache."""
WHOLES: Final = (Meter.IMAGE, Meter.SECOND, Meter.REQUEST)
"""What may have a price that includes everything else."""

OUTPUT_OF: Final = {
    CallType.IMAGE_GENERATION: Meter.OUTPUT_IMAGE,
    CallType.AUDIO_GENERATION: Meter.OUTPUT_AUDIO,
}
"""What the output of a type of call is, where the gateway does not tell."""
_LENGTHS: Final = frozenset({CallType.AUDIO_GENERATION, CallType.VIDEO})


def usage(call: ModelCall) -> dict[Meter, int | Decimal]:
    """Returns how much of each meter a call used, as far as it used any.

    What is told of a bucket and is more than the bucket has is cut, in the order of PARTS.
    """
    buckets = (
        call.input_tokens,
        call.output_tokens,
        call.cache_read_input_tokens,
        call.cache_creation_input_tokens,
    )
    told = call.other_usage or {}
    used: dict[Meter, int | Decimal] = {}
    for (bucket, parts), tokens in zip(PARTS.items(), buckets, strict=True):
        left = tokens
        for part in parts:
            if left and part in told:
                used[part] = min(int(told[part]), left)
                left -= int(used[part])
        generated = OUTPUT_OF.get(call.type, bucket) if bucket is Meter.OUTPUT else bucket
        used[bucket if generated in told else generated] = left
    used[Meter.WEB_SEARCH] = told.get(Meter.WEB_SEARCH, Decimal(0))
    used[Meter.IMAGE] = _whole(call, Meter.IMAGE, is_total=call.type is CallType.IMAGE_GENERATION)
    used[Meter.SECOND] = _whole(call, Meter.SECOND, is_total=call.type in _LENGTHS)
    used[Meter.REQUEST] = int(call.status is CallStatus.SUCCESS or call.is_used)
    return {meter: number for meter, number in used.items() if number}


def _whole(call: ModelCall, meter: Meter, *, is_total: bool) -> Decimal:
    """A metric, else the total usage of what is measured in it and is not counted in tokens."""
    if call.other_usage and meter in call.other_usage:
        return call.other_usage[meter]
    return call.total_usage if is_total and not call.tokens else Decimal(0)
