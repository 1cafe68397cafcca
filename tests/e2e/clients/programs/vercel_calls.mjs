// Ten calls by Vercel's AI SDK, with the telemetry that a version of it wants.
import { createAnthropic } from "@ai-sdk/anthropic";
import { createOpenAI } from "@ai-sdk/openai";
import { embed, generateText, streamText } from "ai";

export async function makeCalls(telemetry) {
  const openai = createOpenAI({ baseURL: process.env.OPENAI_BASE_URL });
  const anthropic = createAnthropic({ baseURL: `${process.env.ANTHROPIC_BASE_URL}/v1` });
  const prompt = "secret question";
  for (const model of [openai.chat("gpt-4o-mini"), openai("gpt-4o-mini"), anthropic("claude-sonnet-4-5")]) {
    const asked = { model, maxRetries: 0, ...telemetry };
    await generateText({ ...asked, prompt });
    await streamText({ ...asked, prompt }).consumeStream();
    await generateText({ ...asked, prompt: `${prompt}: fail` }).catch(() => undefined);
  }
  await embed({ model: openai.embedding("text-embedding-3-small"), value: prompt, maxRetries: 0, ...telemetry });
}
