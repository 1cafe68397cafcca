// What the page calls the metrics and the types of calls.

export const METRICS = { credits: "Credits", calls: "Calls", tokens: "Tokens" } as const;
export type MetricName = keyof typeof METRICS;

export const TYPES: Record<string, string> = {
  chatCompletion: "Chat",
  embedding: "Embedding",
  imageGeneration: "Image",
  audioGeneration: "Audio",
  video: "Video",
  custom: "Custom",
};
