"""Four calls by Anthropic's SDK: a message, a stream by each of its two methods, and a message that is refused."""

from contextlib import suppress

import anthropic

QUESTION = "secret question"
MODEL = "claude-sonnet-4-5"


def make_calls() -> None:
    client = anthropic.Anthropic(max_retries=0)
    asked = {"model": MODEL, "max_tokens": 500, "messages": [{"role": "user", "content": QUESTION}]}
    client.messages.create(**asked)
    list(client.messages.create(**asked, stream=True))
    with client.messages.stream(**asked) as stream:
        stream.get_final_message()
    with suppress(anthropic.RateLimitError):
        client.messages.create(**asked | {"messages": [{"role": "user", "content": f"{QUESTION}: fail"}]})
