import asyncio
from contextlib import suppress

from agent_framework import Agent
from agent_framework.observability import enable_instrumentation
from agent_framework.openai import OpenAIChatClient, OpenAIChatCompletionClient
from telemetry import tracing_with_baggage


async def main() -> None:
    for client in (OpenAIChatClient(model="gpt-4o-mini"), OpenAIChatCompletionClient(model="gpt-4o-mini")):
        agent = Agent(client=client)
        await agent.run("secret question")
        async for _ in agent.run("secret question", stream=True):
            pass
        with suppress(Exception):
            await agent.run("secret question: fail")


tracing_with_baggage()
enable_instrumentation()
asyncio.run(main())
