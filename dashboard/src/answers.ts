// The answers of the API, as far as the page reads them. docs/api.md says what they mean.

export interface Totals {
  totalCredits: number;
  totalCalls: number;
  totalUsage: number;
  successCalls: number;
}

export interface Figures extends Totals {
  failedCalls: number;
  unpricedCalls: number;
  totalTokens: number;
  inputTokens: number;
  outputTokens: number;
  cacheReadInputTokens: number;
  cacheCreationInputTokens: number;
  successRate: number | null;
  avgDuration: number | null;
  avgTtfb: number | null;
}

export interface Bucket extends Figures {
  timestamp: number;
}

export interface UserInfo {
  did: string;
  fullName: string;
}

export interface AppInfo {
  appDid: string;
  appName: string;
}

export interface ProviderName {
  id: string;
  displayName: string;
}

export interface Group extends Figures {
  byBucket: Record<Metric, number[]>;
  providerId?: string;
  provider?: ProviderName;
  model?: string;
  type?: string;
  appDid?: string;
  appInfo?: AppInfo;
  userDid?: string;
  userInfo?: UserInfo;
}

export interface Trends {
  granularity: "hour" | "day";
  startTime: number;
  endTime: number;
  trends: Bucket[];
  total: Figures;
  previous: Figures;
  groups: Group[];
  rest: Group | null;
  asOf: number;
}

export type Metric = "totalCredits" | "totalCalls" | "totalTokens";

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
  countIsExact: boolean;
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
