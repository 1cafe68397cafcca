"""Names of models: without the provider before them, and of whom they are where no provider is named."""

from typing import Final

from ledger.pricing.providers import PROVIDERS, canonical

_MAKERS: Final = (
    (("gpt-", "chatgpt-", "o1", "o3", "o4", "text-embedding-3", "text-embedding-ada", "dall-e"), "openai"),
    (("claude-",), "anthropic"),
    (("gemini-",), "gemini"),
    (("mistral-", "ministral-", "codestral-", "magistral-"), "mistral"),
    (("command-", "embed-english", "embed-multilingual"), "cohere"),
    (("deepseek-",), "deepseek"),
    (("grok-",), "xai"),
)
"""What the names of models begin with that only their makers serve under them."""
_ON_BEDROCK: Final = frozenset({"amazon", "anthropic", "cohere", "deepseek", "meta", "mistral", "openai", "qwen"})
_REGIONS: Final = frozenset({"us", "eu", "apac", "jp", "au", "global", "us-gov"})


def without_provider(model: str, provider: str) -> str:
    """Returns a model without the provider before it, as in openai/gpt-4o-mini, where that is the call's provider."""
    prefix, slash, rest = model.partition("/")
    return rest if slash and rest and canonical(prefix) == provider else model


def provider_before(model: str) -> str:
    """Returns the known provider that stands before a model, as in openai/gpt-4o-mini. Empty where none does."""
    prefix, slash, _ = model.partition("/")
    return canonical(prefix) if slash and prefix.lower() in PROVIDERS else ""


def provider_of(model: str) -> str:
    """Returns the provider that a model's name tells: its maker's, or Amazon Bedrock. Empty where it tells none."""
    name = model.lower()
    if name.startswith("arn:aws:bedrock:"):
        return "bedrock"
    maker = name.removeprefix(f"{name.partition('.')[0]}.") if name.partition(".")[0] in _REGIONS else name
    if maker.partition(".")[0] in _ON_BEDROCK and "." in maker:
        return "bedrock"
    return next((provider for starts, provider in _MAKERS if name.startswith(starts)), "")


def counts_cached_beside(provider: str, model: str) -> bool:
    """Whether a provider counts cached tokens beside the input tokens: Anthropic's API does, and Bedrock's."""
    return provider in {"anthropic", "bedrock"} or "claude" in model.lower()
