"""The clients: each is a program of `programs/`, and a row here with the versions that it runs with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

OTEL: Final = ("opentelemetry-sdk==1.45.1", "opentelemetry-exporter-otlp-proto-http==1.45.1")
BAGGAGE: Final = (*OTEL, "opentelemetry-processor-baggage==0.66b1")
OPENAI: Final = "openai==3.51.0"
ANTHROPIC: Final = "anthropic==2.10.0"
OLDER: Final = ("openai==2.54.0", "anthropic==0.125.0")
"""What some clients still need."""
LANGCHAIN: Final = ("langchain-openai==1.7.4", "langchain-anthropic==1.7.10", ANTHROPIC)
LITELLM: Final = ("litellm[proxy]==1.108.7",)
NEWEST_LITELLM: Final = (
    "litellm==1.110.2",
    # What its proxy needs: the extra `proxy` names a package that the public index does not have.
    *("apscheduler==3.11.3", "backoff==2.2.1", "cryptography==50.0.2", "expression==5.8.0", "fastapi==0.165.0"),
    *("fastapi-sso==0.23.0", "mcp==2.3.0", "orjson==3.13.0", "pyjwt==2.15.1", "pynacl==1.6.2"),
    *("python-multipart==0.0.34", "pyyaml==6.0.4", "redis==8.1.0", "semver==3.1.2", "soundfile==0.14.0"),
    *("uvicorn==0.54.0", "uvloop==0.23.0", "websockets==17.4"),
)
INFERENCE: Final = "openinference-instrumentation"
NODE_OTEL: Final = ("@opentelemetry/sdk-node@0.301.0", "@opentelemetry/exporter-trace-otlp-http@0.301.0")

ONCE: Final = {"ANTHROPIC_OPEN_TELEMETRY": "false"}
"""Without it, Anthropic's SDK makes a span of each call too, which is not always below that of an instrumentation."""

ANTHROPIC_STREAM: Final = "the span of a stream has no tokens of Anthropic's input"
AGENTS_CHAT: Final = "the span of a chat completion has no cached tokens"
LANGCHAIN_STREAM: Final = "OpenInference's span of a stream of LangChain's is no parent and has no response id"
OPENLIT_STREAM: Final = "the span of a stream has no tokens of Anthropic's cache"
NO_USER: Final = {"under another user: ": "the program named no user"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a client tells of the calls that it makes."""

    tells_ttfb: bool = True
    """Whether it tells when the first token of a stream came."""
    unsent: Mapping[str, str] = field(default_factory=dict[str, str])
    """What differs because the client does not tell it, by how that begins, with the reason."""
    whose: Mapping[str, int] = field(default_factory=dict[str, int])
    """How many calls there are of each team, key and tag, where the client tells of them."""
    cached: int = 0
    """How many more calls it makes, which a gateway's cache answers and the provider does not bill."""


@dataclass(frozen=True, slots=True)
class Client(Told):
    """A program that makes calls, and how its telemetry comes about."""

    program: str
    """A file of `programs/`: Python, or a module of Node's."""
    packages: tuple[str, ...]
    """What is installed, each with its version."""
    environment: Mapping[str, str] = field(default_factory=dict[str, str])
    """`{user}` stands for the user."""
    starter: tuple[str, ...] = ()
    """The command that starts Python, if it is another."""


def _streamed(*numbers: int) -> Mapping[str, str]:
    """Of OpenLLMetry's spans of these calls of the provider."""
    reason = "the span of a stream of Anthropic's has an output token more than was billed"
    differs = {"cost: ": reason}
    for number in numbers:
        tokens = f"chatCompletion ({1_000 + number}, {300 + number}, {100 + number}"
        differs |= {f"missing: {tokens}, {200 + number})": reason, f"too much: {tokens}, {201 + number})": reason}
    return differs


CLIENTS: Final[Mapping[str, Client]] = {
    "openinference-openai": Client("openinference_openai.py", (OPENAI, *OTEL, f"{INFERENCE}-openai==0.1.66")),
    "openinference-anthropic": Client(
        "openinference_anthropic.py",
        (ANTHROPIC, *OTEL, f"{INFERENCE}-anthropic==3.1.0"),
        environment=ONCE,
        tells_ttfb=False,
    ),
    "openinference-langchain": Client(
        "openinference_langchain.py",
        (*LANGCHAIN, *OTEL, f"{INFERENCE}-langchain==0.1.80"),
        environment=ONCE,
        tells_ttfb=False,
        unsent={
            "missing: embedding": "LangChain has no callback for embeddings",
            "missing: chatCompletion (1008, 308, 108, 208)": ANTHROPIC_STREAM,
            "too much: chatCompletion (0, 0, 0, 208)": ANTHROPIC_STREAM,
            "cost: ": "without those",
        },
    ),
    "openinference-agents": Client(
        "openinference_agents.py",
        ("openai-agents==0.24.0", *OTEL, f"{INFERENCE}-openai-agents==2.6.0"),
        unsent={
            "missing: chatCompletion (1001, 301, 0, 201)": AGENTS_CHAT,
            "too much: chatCompletion (1302, 0, 0, 201)": AGENTS_CHAT,
            "cost: ": AGENTS_CHAT,
            "models: ": "the span of a response has the model that answered, and none where it was refused",
        },
    ),
    "genai-anthropic": Client(
        "genai_anthropic.py", (ANTHROPIC, *BAGGAGE, "opentelemetry-instrumentation-genai-anthropic==1.3b0")
    ),
    "genai-openai": Client("genai_openai.py", (OPENAI, *BAGGAGE, "opentelemetry-instrumentation-genai-openai==1.3b0")),
    "anthropic-own": Client("anthropic_own.py", (ANTHROPIC, *BAGGAGE)),
    "anthropic-twice": Client(
        "openllmetry_anthropic.py",
        (ANTHROPIC, *BAGGAGE, "opentelemetry-instrumentation-anthropic==0.62.4"),
        unsent={
            "too much: chatCompletion failed": "a refused call has two spans without a common trace or response id"
        },
    ),
    "openllmetry-openai": Client(
        "openllmetry_openai.py",
        (OPENAI, *BAGGAGE, "opentelemetry-instrumentation-openai==0.62.4"),
        unsent={"time to the first token: 1 of 2": "the span of a streamed response has no event of its first token"},
    ),
    "openllmetry-anthropic": Client(
        "openllmetry_anthropic.py",
        (ANTHROPIC, *BAGGAGE, "opentelemetry-instrumentation-anthropic==0.62.4"),
        environment=ONCE,
        tells_ttfb=False,
        unsent=_streamed(2, 3),
    ),
    "traceloop": Client(
        "traceloop_both.py",
        (OPENAI, ANTHROPIC, *OTEL, "traceloop-sdk==0.62.4"),
        environment=ONCE,
        tells_ttfb=False,
        unsent=_streamed(8, 9),
    ),
    "logfire": Client("logfire_both.py", (OPENAI, ANTHROPIC, "logfire==5.4.0", *OTEL), tells_ttfb=False),
    "vercel-6": Client(
        "vercel_6.mjs", ("ai@6.0.325", "@ai-sdk/openai@3.0.141", "@ai-sdk/anthropic@3.0.140", *NODE_OTEL)
    ),
    "vercel-7": Client(
        "vercel_7.mjs",
        ("ai@7.0.173", "@ai-sdk/otel@1.0.173", "@ai-sdk/openai@4.0.118", "@ai-sdk/anthropic@4.0.105", *NODE_OTEL),
    ),
    "openlit": Client(
        "openlit_both.py",
        (*OLDER, *BAGGAGE, "openlit==1.45.0"),
        unsent={
            "missing: chatCompletion failed": "the span of a message that Anthropic refused has no attributes",
            "missing: chatCompletion (1008, ": OPENLIT_STREAM,
            "missing: chatCompletion (1009, ": OPENLIT_STREAM,
            "too much: chatCompletion (1008, 0, 0, 208)": OPENLIT_STREAM,
            "too much: chatCompletion (1009, 0, 0, 209)": OPENLIT_STREAM,
            "cost: ": OPENLIT_STREAM,
        },
    ),
    "strands": Client("strands_agent.py", (*OLDER, "strands-agents[openai,anthropic,otel]==1.62.0", *OTEL)),
    "pydantic-ai": Client("pydantic_agent.py", ("pydantic-ai-slim[openai,anthropic]==2.68.0", ANTHROPIC, *BAGGAGE)),
    "langchain-twice": Client(
        "langchain_twice.py",
        (
            *LANGCHAIN,
            *BAGGAGE,
            f"{INFERENCE}-langchain==0.1.80",
            "opentelemetry-instrumentation-openai==0.62.4",
        ),
        tells_ttfb=False,
        unsent={
            "too much: chatCompletion (1002, 302, 0, 202)": LANGCHAIN_STREAM,
            "too much: chatCompletion (0, 0, 0, 208)": LANGCHAIN_STREAM,
            "too much: chatCompletion failed": "OpenInference's span of a failure is no parent and has no response",
            "cost: ": "with those",
        },
    ),
    "agents-twice": Client(
        "agents_twice.py",
        (
            "openai-agents==0.24.0",
            *BAGGAGE,
            f"{INFERENCE}-openai-agents==2.6.0",
            "opentelemetry-instrumentation-openai==0.62.4",
        ),
    ),
    "google-genai": Client(
        "google_genai.py", ("google-genai==2.34.0", *BAGGAGE, "opentelemetry-instrumentation-google-genai==1.3b0")
    ),
    "agent-framework": Client(
        "agent_framework_chat.py",
        ("agent-framework-openai==1.17.0", "agent-framework-core==1.23.0", *BAGGAGE),
        tells_ttfb=False,
    ),
    "auto-instrumentation": Client(
        "auto.py",
        (
            OPENAI,
            *OTEL,
            "opentelemetry-distro==0.66b1",
            "opentelemetry-instrumentation-genai-openai==1.3b0",
        ),
        environment={
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
            "OTEL_METRICS_EXPORTER": "none",
            "OTEL_LOGS_EXPORTER": "none",
            "OTEL_RESOURCE_ATTRIBUTES": "user.id={user}",
        },
        starter=("opentelemetry-instrument",),
    ),
    "litellm": Client("litellm_callback.py", LITELLM),
    "litellm-teams": Client(
        "litellm_teams.py",
        NEWEST_LITELLM,
        whose={"team-search, search-key, of Search": 8, "team-shop, shop-key, of Shop": 10},
        cached=2,
    ),
    "litellm-budget": Client(
        "litellm_budget.py",
        NEWEST_LITELLM,
        unsent={
            "too much: chatCompletion failed": "calls that the proxy refuses are recorded as failed",
            "missing: imageGeneration": "it is made while there is no ledger",
            "cost: ": "without that",
        },
    ),
    "litellm-otel": Client("litellm_otel.py", (*LITELLM, *OTEL), tells_ttfb=False),
}

RECORDED: Final[Mapping[str, Told]] = {
    "litellm-otel-2": Told(tells_ttfb=False, unsent=NO_USER),
    "logfire-6": Told(tells_ttfb=False, unsent=NO_USER),
    "openinference-twice": Told(
        tells_ttfb=False,
        unsent={
            "too much: chatCompletion (60, 30, 10, 20)": "messages.stream has no response id and is no parent",
            "cost: ": "with that",
            "under another user: 1": "with that",
        },
    ),
    "openllmetry-agents": Told(tells_ttfb=False, unsent=NO_USER),
    "openllmetry-langchain": Told(tells_ttfb=False, unsent=NO_USER),
    "vercel-6-many": Told(tells_ttfb=False),
}
"""Clients of which there is a recording and no program, each with what it tells."""
