"""The directory of model providers."""

from urllib.parse import urlsplit

import pytest

from ledger.providers import PROVIDERS, Provider, provider


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
