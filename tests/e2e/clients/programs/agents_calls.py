"""Four calls by OpenAI's Agents SDK: by each of its two models one that is answered and one that is refused."""

from contextlib import suppress

import openai
from agents import Agent, OpenAIChatCompletionsModel, OpenAIResponsesModel, Runner


def make_calls() -> None:
    client = openai.AsyncOpenAI(max_retries=0)
    for model in (OpenAIChatCompletionsModel("gpt-4o-mini", client), OpenAIResponsesModel("gpt-4o-mini", client)):
        agent = Agent(name="helper", model=model)
        Runner.run_sync(agent, "secret question")
        with suppress(openai.RateLimitError):
            Runner.run_sync(agent, "secret question: fail")
