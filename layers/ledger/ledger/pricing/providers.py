"""The model providers that are known: how they are displayed, and what genai-prices calls them."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Provider:
    """A provider of models as the call log shows it."""

    id: str
    name: str
    display_name: str
    base_url: str = ""
    region: str = ""
    enabled: bool = True


# Each row: the ids of a provider, its display name, its id in genai-prices, its base URL and its region; empty where
# there is none. The ids are those of AIGNE Hub and LiteLLM, then those of OpenTelemetry's conventions, current and
# former, and of its instrumentations. Only these ids are matched: a name that merely contains one of them is mostly a
# server of the operator's own. No base URL: each customer has their own. No region: the address serves all regions.
_KNOWN: Final = (
    ("anthropic anthropic_text", "Anthropic", "anthropic", "https://api.anthropic.com", ""),
    ("azure azure_text azure.ai.openai az.ai.openai azure_openai azure-openai", "Azure OpenAI", "azure", "", ""),
    ("azure_ai azure.ai.inference az.ai.inference", "Azure AI Foundry", "azure", "", ""),
    (
        "bedrock bedrock_converse bedrock_mantle amazon aws aws.bedrock aws_bedrock amazon-bedrock",
        *("Amazon Bedrock", "aws", "https://bedrock-runtime.us-east-1.amazonaws.com", "us-east-1"),
    ),
    ("cerebras", "Cerebras", "cerebras", "https://api.cerebras.ai/v1", ""),
    ("cohere cohere_chat", "Cohere", "cohere", "https://api.cohere.com/v2", ""),
    (
        *("dashscope", "Alibaba Cloud (Qwen)", ""),
        *("https://dashscope-intl.aliyuncs.com/compatible-mode/v1", "ap-southeast-1"),
    ),
    ("deepseek", "DeepSeek", "deepseek", "https://api.deepseek.com", ""),
    ("doubao", "Doubao", "", "https://ark.cn-beijing.volces.com/api/v3", "cn-beijing"),
    ("elevenlabs", "ElevenLabs", "elevenlabs", "https://api.elevenlabs.io/v1", ""),
    ("fireworks_ai fireworks", "Fireworks AI", "fireworks", "https://api.fireworks.ai/inference/v1", ""),
    (
        "gemini gcp.gemini google-gla google.generative-ai",
        *("Google Gemini", "google", "https://generativelanguage.googleapis.com/v1beta", ""),
    ),
    ("github_copilot", "GitHub Copilot", "github-copilot", "https://api.githubcopilot.com", ""),
    ("google gcp.gen_ai", "Google", "google", "https://generativelanguage.googleapis.com/v1beta", ""),
    ("groq", "Groq", "groq", "https://api.groq.com/openai/v1", ""),
    ("huggingface", "Hugging Face", "", "https://router.huggingface.co/v1", ""),
    ("ideogram", "Ideogram", "", "https://api.ideogram.ai", ""),
    ("minimax", "MiniMax", "minimax", "https://api.minimax.io/v1", ""),
    ("mistral mistral_ai mistralai", "Mistral AI", "mistral", "https://api.mistral.ai/v1", ""),
    ("moonshot moonshot_ai moonshotai", "Moonshot AI", "moonshotai", "https://api.moonshot.ai/v1", ""),
    ("nvidia_nim", "NVIDIA NIM", "", "https://integrate.api.nvidia.com/v1", ""),
    ("ollama", "Ollama", "", "http://localhost:11434", ""),
    ("openai text-completion-openai", "OpenAI", "openai", "https://api.openai.com/v1", ""),
    ("openrouter", "OpenRouter", "openrouter", "https://openrouter.ai/api/v1", ""),
    ("perplexity", "Perplexity", "perplexity", "https://api.perplexity.ai", ""),
    ("poe", "Poe", "", "https://api.poe.com/v1", ""),
    ("replicate", "Replicate", "", "https://api.replicate.com/v1", ""),
    ("together_ai together togetherai", "Together AI", "together", "https://api.together.xyz/v1", ""),
    (
        "vertex_ai vertex_ai_beta vertexai gcp.vertex_ai google-vertex google.vertex",
        *("Google Vertex AI", "google", "https://aiplatform.googleapis.com/v1", ""),
    ),
    ("volcengine", "Volcano Engine", "", "https://ark.cn-beijing.volces.com/api/v3", "cn-beijing"),
    ("voyage voyageai", "Voyage AI", "voyageai", "https://api.voyageai.com/v1", ""),
    ("watsonx watsonx_text ibm.watsonx.ai", "IBM watsonx", "", "", ""),
    ("xai x_ai x-ai", "xAI", "x-ai", "https://api.x.ai/v1", ""),
    ("zai", "Z.ai", "zai", "https://api.z.ai/api/paas/v4", ""),
)
_ENDPOINTS: Final = frozenset({"chat", "completion", "embedding", "image", "messages", "responses"})
"""What the AI SDK for JavaScript appends to a provider, as in openai.chat."""

PROVIDERS: Final = {
    id_: Provider(id_, id_, display_name, url, region)
    for ids, display_name, _, url, region in _KNOWN
    for id_ in ids.split()
}
_SAME: Final = {id_: ids.split()[0] for ids, *_ in _KNOWN for id_ in ids.split()}
_IN_CATALOGUE: Final = {id_: catalogue for ids, _, catalogue, *_ in _KNOWN for id_ in ids.split()}


def provider(provider_id: str) -> Provider:
    """Returns the provider with this id. A provider that is not known is displayed by its id."""
    return PROVIDERS.get(provider_id) or Provider(provider_id, provider_id, provider_id)


def canonical(provider_id: str) -> str:
    """Returns the id under which a provider is filed that has several, such as `gemini` for `gcp.gemini`.

    What the AI SDK appends is left out. An id that is not known is returned as it was given.
    """
    name = provider_id.strip().lower()
    of, _, endpoint = name.rpartition(".")
    if name not in _SAME and endpoint in _ENDPOINTS:
        name = of
    return _SAME.get(name, name if of == name else provider_id)


def catalogue_name(provider_id: str) -> str:
    """Returns the id that genai-prices has for a provider; of one that is not known, the id that was given."""
    name = canonical(provider_id).strip().lower()
    return _IN_CATALOGUE.get(name, name)
