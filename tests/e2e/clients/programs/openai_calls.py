"""Six calls by OpenAI's SDK: a chat and a stream, a response and a stream, an embedding, and a chat that is refused."""

from contextlib import suppress

import openai

QUESTION = "secret question"
MODEL = "gpt-4o-mini"


def make_calls() -> None:
    client = openai.OpenAI(max_retries=0)
    asked = [{"role": "user", "content": QUESTION}]
    client.chat.completions.create(model=MODEL, messages=asked)
    usage = {"include_usage": True}
    list(client.chat.completions.create(model=MODEL, messages=asked, stream=True, stream_options=usage))
    client.responses.create(model=MODEL, input=QUESTION)
    list(client.responses.create(model=MODEL, input=QUESTION, stream=True))
    client.embeddings.create(model="text-embedding-3-small", input=[QUESTION])
    with suppress(openai.RateLimitError):
        client.chat.completions.create(model=MODEL, messages=[{"role": "user", "content": f"{QUESTION}: fail"}])
