"""The world of the sample calls: which apps there are, when they are used, with which models, and what goes wrong.

The models and their prices are those that genai-prices lists for late 2026, in US dollars, without its tiers for very
long prompts.
"""

from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tools.local.sample.people import did


@dataclass(frozen=True, slots=True)
class Model:
    """A model, its prices and its pace. Prices are whole numbers of the last decimal that credits have, the tenth."""

    name: str
    provider: str
    type: str
    prices: tuple[int, int, int, int]  # of a token: input, output, cache read, cache write
    ttfb: float  # median milliseconds until the first token, or until the answer where it isn't streamed
    pace: float  # output tokens a second
    unit_price: int = 0  # of what isn't counted in tokens: a second of video, a search


def _model(
    name: str, provider: str, kind: str, dollars: str, ttfb: float, pace: float = 1e9, *, unit: str = "0"
) -> Model:
    """`dollars` are for a million tokens of input, output, cache read and cache write, 0 where left out."""
    fresh, output, read, write, *_ = (*(int(Decimal(price) * 10_000) for price in dollars.split()), 0, 0, 0)
    return Model(name, provider, kind, (fresh, output, read, write), ttfb, pace, int(Decimal(unit) * 10**10))


SONNET: Final = _model("claude-sonnet-5-5", "anthropic", "chatCompletion", "2 10 0.1 2.5", 780, 82)
OPUS: Final = _model("claude-opus-5-5", "anthropic", "chatCompletion", "4 20 0.2 5", 1350, 58)
TERRA: Final = _model("gpt-5.6-terra", "openai", "chatCompletion", "2 12 0.2 2.5", 640, 95)
LUNA: Final = _model("gpt-5.6-luna", "openai", "chatCompletion", "0.2 1.2 0.02 0.25", 350, 160)
FLASH: Final = _model("gemini-3.8-flash", "google", "chatCompletion", "1.5 7.5 0.15", 420, 185)
FLASH_LITE: Final = _model("gemini-3.5-flash-lite", "google", "chatCompletion", "0.3 2.5 0.03", 260, 240)
DEEPSEEK: Final = _model("deepseek-v4-pro", "deepseek", "chatCompletion", "1.32 3.96 0.044", 1650, 42)
DEEPSEEK_FLASH: Final = _model("deepseek-v4-flash", "deepseek", "chatCompletion", "0.3 1.2 0.006", 700, 90)
GROK: Final = _model("grok-4.7", "xai", "chatCompletion", "2 6 0.5", 900, 75)
KIMI: Final = _model("kimi-k3.1-pro", "moonshot", "chatCompletion", "2 10 0.2 2", 1150, 55)
EMBEDDING: Final = _model("text-embedding-3-large", "openai", "embedding", "0.13", 190)
VOYAGE: Final = _model("voyage-4-lite", "voyage", "embedding", "0.02", 120)
IMAGE: Final = _model("gpt-image-2", "openai", "imageGeneration", "5 30", 2200, 150)
FLASH_IMAGE: Final = _model("gemini-3.1-flash-image-preview", "google", "imageGeneration", "0.5 60", 1800, 290)
SPEECH: Final = _model("gpt-4o-mini-tts", "openai", "audioGeneration", "0.6 12", 480, 210)
VIDEO: Final = _model("veo-3.1-fast-generate-preview", "google", "video", "0", 47_000, unit="0.15")
RERANK: Final = _model("rerank-v3.5", "cohere", "custom", "0", 130, unit="0.002")


@dataclass(frozen=True, slots=True)
class Rhythm:
    """When calls are made: local hours of a day from midnight on, one digit each, and what of it a weekend sees."""

    hours: str
    weekend: float

    def week(self) -> tuple[float, ...]:
        """The share of a week's calls in each of its local hours, from Monday's first on."""
        days = (1.0,) * 5 + (self.weekend,) * 2
        weights = [day * int(hour) for day in days for hour in self.hours]
        total = sum(weights)
        return tuple(weight / total for weight in weights)


OFFICE: Final = Rhythm("000000013798758998632110", weekend=0.1)
EVENINGS: Final = Rhythm("310000001211232223346896", weekend=1.7)
CUSTOMERS: Final = Rhythm("211112357889988877766543", weekend=0.55)
NIGHTLY: Final = Rhythm("093100000000000000000000", weekend=0.6)


@dataclass(frozen=True, slots=True)
class App:
    """What people use models through. Tokens are medians; `history` is the share of chats with earlier turns."""

    name: str
    host: str
    models: tuple[Model, ...]
    prompt: int
    answer: int
    history: float
    feature: str
    rhythm: Rhythm | None = None  # None: that of whoever uses it
    burst: int = 3600  # the part of an hour, in seconds, that its calls fall in

    @property
    def did(self) -> str:
        return did("zNK", self.name)

    @property
    def info(self) -> dict[str, str]:
        """`appInfo`, as a call carries it."""
        url = f"https://{self.host}.example.com"
        return {"appDid": self.did, "appName": self.name, "appLogo": f"{url}/logo.svg", "appUrl": url}


APPS: Final = (
    App("Atlas Chat", "chat", (SONNET, TERRA, DEEPSEEK, FLASH, GROK), 420, 380, 0.68, "chat"),
    App("Mergewise Review", "review", (OPUS, SONNET, TERRA, KIMI), 5200, 640, 0.82, "pull-request"),
    App("Helpdesk Copilot", "help", (LUNA, FLASH_LITE, FLASH), 900, 170, 0.55, "reply", CUSTOMERS),
    App("Library Indexer", "index", (EMBEDDING, VOYAGE), 3400, 0, 0.0, "ingest", NIGHTLY, 900),
    App("Lingua", "translate", (DEEPSEEK_FLASH, FLASH_LITE, LUNA), 700, 760, 0.0, "document"),
    App("Pictor Studio", "studio", (IMAGE, FLASH_IMAGE, VIDEO), 110, 2400, 0.0, "campaign"),
    App("Docs Search", "search", (RERANK, LUNA, EMBEDDING), 1500, 210, 0.3, "ask"),
    App("Narrator", "narrate", (SPEECH, LUNA), 520, 1900, 0.0, "article"),
)


@dataclass(frozen=True, slots=True)
class Failure:
    """A way for a call to fail, how often of a hundred, and after how long."""

    percent: int
    seconds: float
    reason: str  # {model} stands for the model's name
    types: tuple[str, ...] = ()  # of the calls that can fail so; empty: all


FAILURES: Final = (
    Failure(
        36,
        0.3,
        "429 Rate limit reached for {model} on tokens per min (TPM): Limit 2000000, Used 1987211, Requested 18455. "
        "Please try again in 171ms.",
    ),
    Failure(20, 1.2, '529 {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}'),
    Failure(
        14,
        60.0,
        "Request timed out after 60000 ms\n"
        "    at Gateway.request (gateway/upstream.js:118:13)\n"
        "    at async Gateway.stream (gateway/upstream.js:164:22)",
    ),
    Failure(
        12,
        0.6,
        "400 This model's maximum context length is 1000000 tokens. However, your messages resulted in 1042817 tokens. "
        "Please reduce the length of the messages.",
        ("chatCompletion",),
    ),
    Failure(
        10,
        2.4,
        'Content policy: the prompt for "{model}" was blocked by the safety system (violence, severity: medium)',
        ("chatCompletion", "imageGeneration", "video"),
    ),
    Failure(5, 0.2, "401 The API key was revoked or has expired"),
    Failure(3, 8.0, "ECONNRESET: upstream closed the connection before the response was complete, model={model}"),
)
