"""A list of prices, the operator's or the catalogue's, and what a call costs by it."""

from dataclasses import dataclass
from decimal import Decimal

from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.core.money import EXACT, ten_places

_ZERO = Decimal(0)
_LENGTHS = frozenset({CallType.AUDIO_GENERATION, CallType.VIDEO})


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for one token of each bucket, one image, one second, one request.

    Cached tokens that have no price of their own cost what input costs.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_creation: Decimal | None = None
    image: Decimal | None = None
    second: Decimal | None = None
    request: Decimal | None = None

    def cost(self, call: ModelCall) -> Decimal | None:
        """US dollars, to ten places, or None where the list can't say what the call costs.

        It can't where tokens were used that it has no price for, unless it prices something whole: an image, a second
        or a request, in which the tokens are then included. Nor where it prices nothing of what was used, or where a
        success has no reported usage. A call that did not succeed and used nothing costs nothing.
        """
        tokens = (
            (call.input_tokens, self.input),
            (call.output_tokens, self.output),
            (call.cache_read_input_tokens, self.input if self.cache_read is None else self.cache_read),
            (call.cache_creation_input_tokens, self.input if self.cache_creation is None else self.cache_creation),
        )
        wholes = ((images(call), self.image), (seconds(call), self.second), (_requests(call), self.request))
        if any(number and price is None for number, price in tokens) and all(price is None for _, price in wholes):
            return None
        priced = [(number, price) for number, price in (*tokens, *wholes) if number and price is not None]
        if not priced:
            return None if _requests(call) else _ZERO
        cost = _ZERO
        for number, price in priced:
            cost = EXACT.fma(number, price, cost)
        return ten_places(cost)


def images(call: ModelCall) -> Decimal:
    """The metric `images`, else the total of an image generation whose usage is not in tokens."""
    return _metric(call, "images", is_total=call.type is CallType.IMAGE_GENERATION)


def seconds(call: ModelCall) -> Decimal:
    """The metric `seconds`, else the total of an audio or a video whose usage is not in tokens."""
    return _metric(call, "seconds", is_total=call.type in _LENGTHS)


def _requests(call: ModelCall) -> int:
    """One, unless the call has no success, or not yet, and used nothing."""
    return int(call.status is CallStatus.SUCCESS or call.is_used)


def _metric(call: ModelCall, metric: str, *, is_total: bool) -> Decimal:
    if call.other_usage and metric in call.other_usage:
        return call.other_usage[metric]
    return call.total_usage if is_total and not call.tokens else _ZERO
