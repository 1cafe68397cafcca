"""The directory of model providers."""

from urllib.parse import urlsplit

import pytest
from genai_prices.data_snapshot import get_snapshot

from ledger.pricing.catalogue import listing
from ledger.pricing.providers import PROVIDERS, Provider, canonical, catalogue_name, provider


def test_a_known_provider_has_its_own_name_and_address() -> None:
    assert provider("openai") == Provider("openai", "openai", "OpenAI", "https://api.openai.com/v1")


def test_an_unknown_provider_goes_by_its_id() -> None:
    assert provider("acme-gpu") == Provider("acme-gpu", "acme-gpu", "acme-gpu", base_url="", region="", enabled=True)


def test_every_provider_of_aigne_hub_is_known() -> None:
    of_aigne_hub = "openai anthropic bedrock deepseek google ollama openrouter xai doubao poe ideogram"
    assert set(of_aigne_hub.split()) <= PROVIDERS.keys()


def test_the_well_known_providers_of_litellm_are_known_as_it_spells_them() -> None:
    of_litellm = "azure vertex_ai gemini mistral cohere groq together_ai fireworks_ai moonshot dashscope volcengine"
    assert set(of_litellm.split()) <= PROVIDERS.keys()


@pytest.mark.parametrize("known", PROVIDERS.values(), ids=PROVIDERS)
def test_each_entry_of_the_directory_is_complete(known: Provider) -> None:
    assert provider(known.id) is known
    assert known.display_name.strip() == known.display_name != ""
    if known.base_url:
        address = urlsplit(known.base_url)
        assert address.scheme == ("http" if address.hostname == "localhost" else "https")
        assert not known.base_url.endswith("/")


# By gen_ai.provider.name of OpenTelemetry's conventions and the older gen_ai.system: a model, and where its price is.
OF_OPENTELEMETRY = {
    "anthropic": ("claude-sonnet-4-5-20250929", "anthropic/claude-sonnet-4-5"),
    "aws.bedrock": (
        "anthropic.claude-sonnet-4-5-20250929-v1:0",
        "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    "az.ai.inference": ("phi-4", "azure/phi-4"),
    "az.ai.openai": ("gpt-4o", "azure/gpt-4o"),
    "azure.ai.inference": ("grok-4", "azure/grok-4-0709"),
    "azure.ai.openai": ("gpt-4o-2024-11-20", "azure/gpt-4o"),
    "cohere": ("command-r-plus", "cohere/command-r-plus"),
    "deepseek": ("deepseek-chat", "deepseek/deepseek-chat"),
    "gcp.gemini": ("gemini-2.5-pro", "google/gemini-2.5-pro"),
    "gcp.gen_ai": ("gemini-2.5-flash", "google/gemini-2.5-flash"),
    "gcp.vertex_ai": ("claude-sonnet-4@20250514", "google/claude-4-sonnet"),
    "groq": ("llama-3.3-70b-versatile", "groq/llama-3.3-70b-versatile"),
    "mistral_ai": ("mistral-large-latest", "mistral/mistral-large"),
    "moonshot_ai": ("kimi-k2-0905-preview", "moonshotai/kimi-k2-0905-preview"),
    "openai": ("gpt-5-mini-2025-08-07", "openai/gpt-5-mini"),
    "perplexity": ("sonar-pro", "perplexity/sonar-pro"),
    "x_ai": ("grok-4", "x-ai/grok-4-0709"),
}
# By custom_llm_provider.
OF_LITELLM = {
    "anthropic": ("claude-opus-4-1-20250805", "anthropic/claude-opus-4-1"),
    "azure": ("gpt-4o", "azure/gpt-4o"),
    "azure_ai": ("phi-4", "azure/phi-4"),
    "bedrock": (
        "us.anthropic.claude-sonnet-4-5-20250929-v1:0",
        "aws/regional.anthropic.claude-sonnet-4-5-20250929-v1:0",
    ),
    "cerebras": ("llama3.1-8b", "cerebras/llama3.1-8b"),
    "cohere_chat": ("command-r-plus", "cohere/command-r-plus"),
    "databricks": ("databricks-gpt-oss-120b", "databricks/databricks-gpt-oss-120b"),
    "fireworks_ai": ("accounts/fireworks/models/deepseek-v3p2", "fireworks/deepseek-v3p2"),
    "gemini": ("gemini-2.5-flash", "google/gemini-2.5-flash"),
    "github_copilot": ("gpt-5-mini", "github-copilot/gpt-5-mini"),
    "minimax": ("MiniMax-M2", "minimax/MiniMax-M2"),
    "mistral": ("mistral-large-latest", "mistral/mistral-large"),
    "moonshot": ("kimi-k2-0905-preview", "moonshotai/kimi-k2-0905-preview"),
    "novita": ("deepseek/deepseek-r1", "novita/deepseek/deepseek-r1"),
    "openrouter": ("anthropic/claude-sonnet-4.5", "openrouter/anthropic/claude-sonnet-4.5"),
    "ovhcloud": ("Meta-Llama-3_3-70B-Instruct", "ovhcloud/Meta-Llama-3_3-70B-Instruct"),
    "text-completion-openai": ("gpt-3.5-turbo-instruct", "openai/gpt-3.5-turbo-instruct"),
    "together_ai": ("meta-llama/Llama-3.3-70B-Instruct-Turbo", "together/meta-llama/Llama-3.3-70B-Instruct-Turbo"),
    "vertex_ai": ("gemini-2.5-pro", "google/gemini-2.5-pro"),
    "voyage": ("voyage-3-large", "voyageai/voyage-3-large"),
    "xai": ("grok-4", "x-ai/grok-4-0709"),
    "zai": ("glm-4.6", "zai/GLM-4.6"),
}


@pytest.mark.parametrize(("provider_id", "known"), [*OF_OPENTELEMETRY.items(), *OF_LITELLM.items()])
def test_a_provider_s_prices_are_found_by_every_name_of_it(provider_id: str, known: tuple[str, str]) -> None:
    model, name = known
    for told in (model, f"{provider_id}/{model}"):
        found = listing(provider_id, told)
        assert found
        assert found.name.endswith(f": {name}")


@pytest.mark.parametrize("provider_id", [*OF_OPENTELEMETRY, "ibm.watsonx.ai"])
def test_a_provider_of_opentelemetry_is_shown_by_its_name(provider_id: str) -> None:
    shown = provider(provider_id)
    assert shown.id == provider_id
    assert shown.display_name != provider_id


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (("openai", "openai.chat", "openai.responses", "OpenAI", "text-completion-openai"), "openai"),
        (("gemini", "gcp.gemini", "google-gla", "google.generative-ai"), "gemini"),
        (("bedrock", "aws.bedrock", "bedrock_converse", "amazon-bedrock"), "bedrock"),
        (("my-server", "my-server.chat"), "my-server"),
        (("My Server",), "My Server"),
    ],
)
def test_a_provider_is_filed_under_one_of_its_names(names: tuple[str, ...], expected: str) -> None:
    assert {canonical(name) for name in names} == {expected}


def test_where_prices_are_is_a_provider_of_the_library() -> None:
    of_library = {each.id for each in get_snapshot().providers}
    unknown = {id_ for id_ in PROVIDERS if catalogue_name(id_) not in of_library}
    assert unknown == {
        *("dashscope", "doubao", "huggingface", "ideogram", "nvidia_nim", "ollama", "poe", "replicate", "volcengine"),
        *("watsonx", "watsonx_text", "ibm.watsonx.ai"),
    }


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("openai.chat", "openai"),
        ("azure-openai.responses", "azure"),
        ("anthropic.messages", "anthropic"),
        ("google.vertex.chat", "google"),
        (" OpenAI ", "openai"),
        ("our-server.chat", "our-server"),
        ("openai.our-company.example", "openai.our-company.example"),
        ("openai-like", "openai-like"),
    ],
)
def test_only_names_that_are_known_are_taken_for_a_provider(name: str, found: str) -> None:
    assert catalogue_name(name) == found
