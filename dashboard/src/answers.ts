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
<<<<<<< HEAD
=======

export interface Me {
  did: string;
  role: "user" | "viewer" | "admin" | "owner" | "recorder";
  expiresAt: number;
  userInfo: UserInfo;
}

export interface Call {
  id: string;
  userDid: string;
  appDid: string | null;
  providerId: string;
  model: string;
  responseModel: string | null;
  type: string;
  status: "success" | "failed" | "processing";
  credits: number;
  costSource: string;
  totalUsage: number;
  usageMetrics: Record<string, number>;
  duration: number | null;
  ttfb: number | null;
  providerTtfb: number | null;
  errorReason: string | null;
  requestId: string | null;
  traceId: string | null;
  credentialId: string | null;
  metadata: unknown;
  callTime: number;
  createdAt: string;
  updatedAt: string;
  recordedBy: string | null;
  provider: ProviderName;
  appInfo: AppInfo | null;
  userInfo: UserInfo;
}

export interface CallsPage {
  count: number;
  list: Call[];
  nextToken: string | null;
}

export interface Export {
  exportId: string;
  status: string;
  rowsWritten?: number;
  /** Null where it can't be counted beforehand. */
  rowsTotal?: number | null;
  url?: string;
  filename?: string;
  rows?: number;
  error?: string;
}
>>>>>>> d2ad3a0 (Prove that each row of the log is found once, whatever happens to the archive)
