"""The model providers that are known by name."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Provider:
    """Who serves a model, as the call log shows it."""

    id: str
    name: str
    display_name: str
    base_url: str = ""
    region: str = ""
    enabled: bool = True


# Ids as AIGNE Hub and LiteLLM spell them, both where they differ, so that calls from either are shown well.
# No base URL: each customer has their own. No region: the address serves everywhere.
_KNOWN: Final = (
    ("anthropic", "Anthropic", "https://api.anthropic.com", ""),
    ("azure", "Azure OpenAI", "", ""),
    ("azure_ai", "Azure AI Foundry", "", ""),
    ("bedrock", "Amazon Bedrock", "https://bedrock-runtime.us-east-1.amazonaws.com", "us-east-1"),
    ("cerebras", "Cerebras", "https://api.cerebras.ai/v1", ""),
    ("cohere", "Cohere", "https://api.cohere.com/v2", ""),
    ("dashscope", "Alibaba Cloud (Qwen)", "https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "ap-southeast-1"),
    ("deepseek", "DeepSeek", "https://api.deepseek.com", ""),
    ("doubao", "Doubao", "https://ark.cn-beijing.volces.com/api/v3", "cn-beijing"),
    ("elevenlabs", "ElevenLabs", "https://api.elevenlabs.io/v1", ""),
    ("fireworks_ai", "Fireworks AI", "https://api.fireworks.ai/inference/v1", ""),
    ("gemini", "Google Gemini", "https://generativelanguage.googleapis.com/v1beta", ""),
    ("google", "Google", "https://generativelanguage.googleapis.com/v1beta", ""),
    ("groq", "Groq", "https://api.groq.com/openai/v1", ""),
    ("huggingface", "Hugging Face", "https://router.huggingface.co/v1", ""),
    ("ideogram", "Ideogram", "https://api.ideogram.ai", ""),
    ("minimax", "MiniMax", "https://api.minimax.io/v1", ""),
    ("mistral", "Mistral AI", "https://api.mistral.ai/v1", ""),
    ("moonshot", "Moonshot AI", "https://api.moonshot.ai/v1", ""),
    ("nvidia_nim", "NVIDIA NIM", "https://integrate.api.nvidia.com/v1", ""),
    ("ollama", "Ollama", "http://localhost:11434", ""),
    ("openai", "OpenAI", "https://api.openai.com/v1", ""),
    ("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", ""),
    ("perplexity", "Perplexity", "https://api.perplexity.ai", ""),
    ("poe", "Poe", "https://api.poe.com/v1", ""),
    ("replicate", "Replicate", "https://api.replicate.com/v1", ""),
    ("together_ai", "Together AI", "https://api.together.xyz/v1", ""),
    ("vertex_ai", "Google Vertex AI", "https://aiplatform.googleapis.com/v1", ""),
    ("volcengine", "Volcano Engine", "https://ark.cn-beijing.volces.com/api/v3", "cn-beijing"),
    ("voyage", "Voyage AI", "https://api.voyageai.com/v1", ""),
    ("xai", "xAI", "https://api.x.ai/v1", ""),
    ("zai", "Z.ai", "https://api.z.ai/api/paas/v4", ""),
)

PROVIDERS: Final = {id_: Provider(id_, id_, display_name, url, region) for id_, display_name, url, region in _KNOWN}


def provider(provider_id: str) -> Provider:
    """The provider with this id; one that isn't known goes by its id."""
    return PROVIDERS.get(provider_id) or Provider(provider_id, provider_id, provider_id)
