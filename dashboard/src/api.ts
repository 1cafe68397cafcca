// Requests to the API, with the session's token and within a time.

import { sessionToken } from "./session";

export type Parameters = Record<string, string | number | boolean | undefined>;

/** An answer other than success, or none, in words that can be shown. */
export class Refusal extends Error {
  constructor(
    /** Of HTTP; 0 where there was no answer. */
    readonly status: number,
    text: string,
    readonly requestId?: string,
  ) {
    super(text);
  }

  get isExpired(): boolean {
    return this.status === 401;
  }

  /** Whether the same request may do better later. */
  get isPassing(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

const TRIES = 4;
const TRY_AGAIN = [429, 503];
/** Milliseconds; API Gateway itself gives up after thirty seconds. */
const PATIENCE = 35_000;

export const get = <T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> =>
  request<T>("GET", path + queryOf(parameters), undefined, signal);

export const send = <T>(method: "POST" | "PUT" | "DELETE", path: string, body?: object, signal?: AbortSignal): Promise<T> =>
  request<T>(method, path, body, signal);

async function request<T>(method: string, address: string, body?: object, signal?: AbortSignal): Promise<T> {
  const late = new AbortController();
  const timer = setTimeout(() => late.abort(), PATIENCE);
  try {
    const ended = signal ? AbortSignal.any([signal, late.signal]) : late.signal;
    return await answerOf<T>(await ask(method, address, body, ended));
  } catch (error) {
    if (signal?.aborted || error instanceof Refusal) {
      throw error;
    }
    if (late.signal.aborted) {
      throw new Refusal(0, `The ledger didn't answer within ${PATIENCE / 1000} seconds. Choose a shorter range, or try again.`);
    }
    throw new Refusal(0, "The ledger can't be reached. Check the connection, then try again.");
  } finally {
    clearTimeout(timer);
  }
}

/** As often as the ledger says that the same request may do better in a moment. */
async function ask(method: string, address: string, body: object | undefined, signal: AbortSignal): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const headers = { Accept: "application/json", Authorization: `Bearer ${sessionToken() ?? ""}` };
    const response = await fetch(address, { method, headers, signal, body: body ? JSON.stringify(body) : null });
    if (!TRY_AGAIN.includes(response.status) || tries === TRIES) {
      return response;
    }
    const seconds = Number(response.headers.get("Retry-After") ?? 1) * tries;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    signal.throwIfAborted();
  }
}

async function answerOf<T>(response: Response): Promise<T> {
  const text = await response.text();
  if (response.status === 401) {
    dispatchEvent(new Event("sessionend"));
  }
  if (!response.ok) {
    throw refusalOf(response.status, parsed(text));
  }
  const body = response.status === 204 ? null : parsed(text);
  if (body === undefined) {
    throw new Refusal(response.status, "The answer broke off. Try again.");
  }
  return body as T;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusalOf(status: number, body: unknown): Refusal {
  const { error, message, requestId } = (body ?? {}) as { error?: string; message?: string; requestId?: string };
  const said = error ?? message ?? `it answered ${status}`;
  return new Refusal(status, inWords(status, said), requestId);
}

/** What was said, and what helps. */
function inWords(status: number, said: string): string {
  switch (status) {
    case 403:
      return `Your role doesn't allow this (${said}). An administrator can give you another.`;
    case 429:
      return "The ledger gets too many requests at once. Wait a minute, then try again.";
    default:
      return status >= 500
        ? `The ledger failed (${said}). Try again; if it stays, give your operator the number of the request.`
        : `The ledger can't do this: ${said}.`;
  }
}

function queryOf(parameters: Parameters): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    if (value !== undefined && value !== "" && value !== false) {
      query.set(name, String(value));
    }
  }
  return query.size ? `?${query}` : "";
}
