"""The prices of a model, the operator's or the catalogue's, and what a call costs by them."""

from dataclasses import dataclass
from decimal import Decimal

from ledger.calls.model_call import CallStatus, CallType, ModelCall
from ledger.core.money import EXACT, ten_places

_ZERO = Decimal(0)
_LENGTHS = frozenset({CallType.AUDIO_GENERATION, CallType.VIDEO})


@dataclass(frozen=True, slots=True)
class Prices:
    """US dollars for one token of each bucket, one image, one second and one request.

    Cached tokens without a price of their own cost as much as input.
    """

    input: Decimal | None = None
    output: Decimal | None = None
    cache_read: Decimal | None = None
    cache_creation: Decimal | None = None
    image: Decimal | None = None
    second: Decimal | None = None
    request: Decimal | None = None

    def cost(self, call: ModelCall) -> Decimal | None:
        """Returns US dollars to ten decimals, or None where these prices don't determine what the call costs.

        They don't where a kind of token that was used has no price, unless an image, a second or a request has one, in
        which tokens are then included. Nor do they where nothing that was used has a price, or where a successful call
        has no reported usage. A call that did not succeed and used nothing costs nothing.
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
    """Returns the metric `images`, else the total usage of an image generation that is not counted in tokens."""
    return _metric(call, "images", is_total=call.type is CallType.IMAGE_GENERATION)


def seconds(call: ModelCall) -> Decimal:
    """Returns the metric `seconds`, else the total usage of audio or video that is not counted in tokens."""
    return _metric(call, "seconds", is_total=call.type in _LENGTHS)


def _requests(call: ModelCall) -> int:
    """Returns 1, or 0 for a call that has not succeeded and used nothing."""
    return int(call.status is CallStatus.SUCCESS or call.is_used)


def _metric(call: ModelCall, metric: str, *, is_total: bool) -> Decimal:
    if call.other_usage and metric in call.other_usage:
        return call.other_usage[metric]
    return call.total_usage if is_total and not call.tokens else _ZERO
