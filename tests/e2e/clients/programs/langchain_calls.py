"""Ten calls by LangChain: each of three models answers, streams and refuses; and an embedding."""

from contextlib import suppress

from langchain_anthropic import ChatAnthropic
from langchain_openai import ChatOpenAI, OpenAIEmbeddings

QUESTION = "secret question"


def make_calls() -> None:
    models = [
        ChatOpenAI(model="gpt-4o-mini", max_retries=0, stream_usage=True, use_responses_api=False),
        ChatOpenAI(model="gpt-4o-mini", max_retries=0, use_responses_api=True),
        ChatAnthropic(model="claude-sonnet-4-5", max_retries=0, max_tokens=500),
    ]
    for model in models:
        model.invoke(QUESTION)
        list(model.stream(QUESTION))
        with suppress(Exception):
            model.invoke(f"{QUESTION}: fail")
    OpenAIEmbeddings(model="text-embedding-3-small", max_retries=0, check_embedding_ctx_length=False).embed_query(
        QUESTION
    )
