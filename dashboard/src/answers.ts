// The answers of the API that the page reads, by the types of its document. docs/api.md says what they mean.

import type { components } from "./openapi";

type Schemas = components["schemas"];

export type Alert = Schemas["AlertBody"];
export type Alerts = Schemas["Alerts"];
export type ApiKey = Schemas["ApiKey"];
export type ApiKeys = Schemas["ApiKeys"];
export type AppInfo = Schemas["AppInfo"];
export type Bucket = Schemas["Bucket"];
export type Budget = Schemas["BudgetBody"];
export type BudgetHistory = Schemas["BudgetHistory"];
export type Budgets = Schemas["Budgets"];
export type BudgetsPage = Schemas["BudgetsPage"];
export type Call = Schemas["CallRow"];
export type CallsPage = Schemas["CallsPage"];
export type Channel = Schemas["ChannelBody"];
export type Channels = Schemas["Channels"];
export type ClientDay = Schemas["ClientDay"];
export type CreditsPerUsd = Schemas["CreditsPerUsd"];
export type Erasure = Schemas["ErasureBody"];
export type Export = Schemas["ExportBody"];
export type Explanation = Schemas["Explanation"];
export type Figures = Schemas["Figures"];
export type Group = Schemas["Group"];
export type Ingestion = Schemas["Ingestion"];
export type Limit = Schemas["LimitStatus"];
export type Me = Schemas["Me"];
export type MonthForecast = Schemas["MonthForecast"];
export type NewChannel = Schemas["NewChannel"];
export type NewKey = Schemas["NewApiKey"];
export type QueryAnswer = Schemas["QueryAnswer"];
export type Rate = Schemas["Rate"];
export type Rates = Schemas["Rates"];
export type Reconciliation = Schemas["Reconciliation"];
export type Repricing = Schemas["RepricingBody"];
export type TestResult = Schemas["TestResult"];
export type Trends = Schemas["Trends"];
export type Users = Schemas["Users"];

export type Metric = "totalCredits" | "totalCalls" | "totalTokens";
