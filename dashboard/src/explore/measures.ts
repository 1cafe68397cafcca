// What can be asked of calls: the figures, how each is called and shown, and what they are told apart by.

import { count, creditsLike, milliseconds, momentName, rate, seconds, short } from "../numbers";

const SUMS: Record<string, string> = {
  calls: "Calls", credits: "Credits", costUsd: "US dollars", totalTokens: "Tokens", successCalls: "Successful calls",
  failedCalls: "Failed calls", unpricedCalls: "Calls without a price", inputTokens: "Input tokens", outputTokens: "Output tokens",
  cacheReadInputTokens: "Cache read tokens", cacheCreationInputTokens: "Cache write tokens", totalUsage: "Usage",
};
const OTHERS: Record<string, string> = {
  successRate: "Success rate", cacheHitRate: "Cache hit rate", users: "Users", models: "Models", lastCallTime: "Last call",
};
const AGGREGATES: Record<string, string> = { avg: "Average", p50: "Median", p90: "90 % within", p95: "95 % within", p99: "99 % within", max: "Longest" };
const QUANTITIES: Record<string, string> = { Duration: "duration", Ttfb: "time to first byte", TokensPerSecond: "tokens a second" };

const OF_QUANTITIES: Record<string, string> = Object.fromEntries(
  Object.entries(QUANTITIES).flatMap(([quantity, name]) =>
    Object.entries(AGGREGATES).map(([aggregate, how]) =>
      [aggregate + quantity, how === "Longest" && quantity === "TokensPerSecond" ? `Most ${name}` : `${how}: ${name}`]),
  ),
);

/** What each is called, by the API's names. */
export const MEASURES: Record<string, string> = { ...SUMS, ...OTHERS, ...OF_QUANTITIES };

/** Whether those of groups make that of all. */
export const addsUp = (measure: string): boolean => Object.hasOwn(SUMS, measure);

/** How the values of a column are shown. */
export function shownLike(measure: string, column: (number | null)[], zone: string): (value: number) => string {
  if (measure === "credits" || measure === "costUsd") {
    return creditsLike(column.filter((value) => value !== null));
  }
  if (measure === "lastCallTime") {
    return (value) => momentName(value, zone);
  }
  if (measure.endsWith("Rate")) {
    return rate;
  }
  if (measure.endsWith("Duration")) {
    return seconds;
  }
  return measure.endsWith("Ttfb") ? (value) => milliseconds(Math.round(value)) : Object.hasOwn(OF_QUANTITIES, measure) ? short : count;
}

export const DIMENSIONS: Record<string, string> = {
  model: "Model", provider: "Provider", user: "User", app: "App", type: "Type", status: "Status",
  responseModel: "Model that answered", credential: "Credential", costSource: "Source of the price",
};
export const QUANTITIES_OF_A_CALL: Record<string, string> = {
  credits: "Credits of a call", costUsd: "US dollars of a call", duration: "Duration (s)", ttfb: "Time to first byte (ms)",
  inputTokens: "Input tokens", outputTokens: "Output tokens", totalUsage: "Usage",
};
export const METADATA = "metadata.";

export const isDimension = (name: string): boolean =>
  Object.hasOwn(DIMENSIONS, name) || (name.startsWith(METADATA) && name.length > METADATA.length && name.length <= 256);

export const nameOf = (dimension: string): string =>
  DIMENSIONS[dimension] ?? QUANTITIES_OF_A_CALL[dimension] ?? dimension.slice(METADATA.length);
