// Requests to the API, with the session's token.

import { sessionToken } from "./session";

export type Parameters = Record<string, string | number | boolean | undefined>;

/** An answer other than success, in words that can be shown. */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    text: string,
    readonly requestId?: string,
  ) {
    super(text);
  }

  get isExpired(): boolean {
    return this.status === 401;
  }
}

const TRIES = 4;
const TRY_AGAIN = [429, 503];

export async function get<T>(path: string, parameters: Parameters = {}, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await ask(path + queryOf(parameters), signal);
  } catch (error) {
    if (signal?.aborted) {
      throw error;
    }
    throw new Refusal(0, "The ledger can't be reached. Check the connection, then try again.");
  }
  const body: unknown = await response.json().catch(() => undefined);
  signal?.throwIfAborted();
  if (response.status === 401) {
    dispatchEvent(new Event("sessionend"));
  }
  if (!response.ok) {
    const { error, message, requestId } = (body ?? {}) as { error?: string; message?: string; requestId?: string };
    throw new Refusal(response.status, error ?? message ?? `The ledger answered ${response.status}.`, requestId);
  }
  if (body === undefined) {
    throw new Refusal(response.status, "The answer broke off. Try again.");
  }
  return body as T;
}

/** As often as the ledger says that the same request may do better in a moment. */
async function ask(address: string, signal?: AbortSignal): Promise<Response> {
  for (let tries = 1; ; tries += 1) {
    const headers = { Accept: "application/json", Authorization: `Bearer ${sessionToken() ?? ""}` };
    const response = await fetch(address, { headers, signal: signal ?? null });
    if (!TRY_AGAIN.includes(response.status) || tries === TRIES) {
      return response;
    }
    const seconds = Number(response.headers.get("Retry-After") ?? 1) * tries;
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    signal?.throwIfAborted();
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
