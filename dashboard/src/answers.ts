// The answers of the API that the page reads, by the types of its document. docs/api.md says what they mean.

import type { components } from "./openapi";

type Schemas = components["schemas"];

export type Bucket = Schemas["Bucket"];
export type Call = Schemas["CallRow"];
export type CallsPage = Schemas["CallsPage"];
export type Export = Schemas["ExportBody"];
export type Figures = Schemas["Figures"];
export type Group = Schemas["Group"];
export type Me = Schemas["Me"];
export type NewKey = Schemas["NewApiKey"];
export type Trends = Schemas["Trends"];

export type Metric = "totalCredits" | "totalCalls" | "totalTokens";
