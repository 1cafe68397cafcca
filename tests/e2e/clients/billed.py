"""What a provider bills for one request."""

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final, Self

MILLION: Final = 1_000_000

PRICES: Final = {  # US dollars for a million tokens: input, read from the cache, written to the cache, output
    "gpt-4o-mini": ("0.15", "0.075", "0", "0.60"),
    "text-embedding-3-small": ("0.02", "0", "0", "0"),
    "claude-sonnet-4-5": ("3", "0.30", "3.75", "15"),
    "gemini-2.5-flash": ("0.30", "0.03", "0", "2.50"),
    "gpt-image-1": ("5", "1.25", "0", "40"),
}
"""By the requested model. A model that is not here has no public price by tokens."""


@dataclass(frozen=True, slots=True)
class Tokens:
    """Disjoint numbers of tokens, but for those of reasoning, which are part of the output."""

    input: int = 0
    cache_read: int = 0
    cache_write: int = 0
    output: int = 0
    reasoning: int = 0

    @classmethod
    def of(cls, number: int) -> Self:
        """Those of a provider's call of this number, unlike those of any other."""
        return cls(1_000 + number, 300 + number, 100 + number, 200 + number, 50 + number)

    @property
    def prompt(self) -> int:
        """All that went in, as OpenAI and Google count it."""
        return self.input + self.cache_read + self.cache_write


@dataclass(frozen=True, slots=True)
class Billed:
    """One request that reached the provider."""

    type: str
    model: str
    tokens: Tokens
    refusal: dict[str, Any]
    is_stream: bool = False
    is_success: bool = True

    def failed(self) -> Self:
        """The same request, refused."""
        return replace(self, tokens=Tokens(), is_success=False)

    @property
    def cost(self) -> Decimal:
        """In US dollars; 0 for a model without a price."""
        prices = PRICES.get(self.model, ("0", "0", "0", "0"))
        tokens = (self.tokens.input, self.tokens.cache_read, self.tokens.cache_write, self.tokens.output)
        return sum((Decimal(price) * number / MILLION for price, number in zip(prices, tokens, strict=True)), Decimal())
