// The calls that some filters leave: the first page, more on demand, and new ones as they come.

import { useEffect, useRef, useState } from "preact/hooks";
import { get, Refusal, type Parameters } from "./api";
import type { Call, CallsPage } from "./answers";

export const CALLS = "/api/user/model-calls";
const TAIL = 3_000;

interface Listed {
  calls: Call[];
  count: number;
  countIsExact: boolean;
  nextToken: string | null;
  /** The ids of the calls that came while this was looked at. */
  fresh: ReadonlySet<string>;
}

interface Told {
  /** What was asked; empty if what was told is not to be believed any more. */
  question: string;
  listed: Listed | undefined;
  refusal: Refusal | undefined;
}

export interface CallList {
  listed: Listed | undefined;
  refusal: Refusal | undefined;
  isLoading: boolean;
  isLoadingMore: boolean;
  more: () => void;
  again: () => void;
}

export function useCallList(filters: Parameters, isLive: boolean): CallList {
  const [told, setTold] = useState<Told>({ question: "", listed: undefined, refusal: undefined });
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [turn, setTurn] = useState(0);
  const running = useRef(new AbortController());
  const question = JSON.stringify(filters);

  /** Requests for the same filters don't cancel one another; other filters cancel them all. */
  async function ask(parameters: Parameters, taken: (page: CallsPage, before: Listed | undefined) => Listed) {
    const { signal } = running.current;
    try {
      const page = await get<CallsPage>(CALLS, parameters, signal);
      setTold((before) => ({ question, listed: taken(page, before.listed), refusal: undefined }));
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (!(error instanceof Refusal)) {
        throw error;
      }
      setTold((before) => ({ ...before, question, refusal: error }));
    }
  }

  useEffect(() => {
    running.current = new AbortController();
    setLoadingMore(false);
    void ask(filters, first);
    return () => running.current.abort();
  }, [question, turn]);

  useEffect(() => {
    if (!isLive) {
      return undefined;
    }
    let timer = setTimeout(tail, TAIL);
    let isOver = false;
    async function tail() {
      if (!document.hidden) {
        await ask(filters, newest);
      }
      if (!isOver) {
        timer = setTimeout(tail, TAIL);
      }
    }
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [question, isLive]);

  async function more() {
    setLoadingMore(true);
    await ask({ ...filters, nextToken: told.listed?.nextToken ?? undefined }, next);
    setLoadingMore(false);
  }

  function again() {
    setTold((before) => ({ ...before, question: "" }));
    setTurn((now) => now + 1);
  }

  const { listed, refusal } = told;
  return { listed, refusal, isLoading: told.question !== question, isLoadingMore, more, again };
}

function first({ list, ...page }: CallsPage): Listed {
  return { ...page, calls: list, fresh: new Set() };
}

function next({ list, ...page }: CallsPage, before: Listed | undefined): Listed {
  return { ...page, calls: merged(before?.calls ?? [], list), fresh: before?.fresh ?? new Set() };
}

/** Begins anew where more have come than a page holds, so that none between is left out. */
function newest(page: CallsPage, before: Listed | undefined): Listed {
  const known = new Set(before?.calls.map((call) => call.id));
  const came = page.list.map((call) => call.id).filter((id) => !known.has(id));
  const fresh = new Set([...(before?.fresh ?? []), ...came]);
  if (!before || came.length === page.list.length) {
    return { ...first(page), fresh };
  }
  return { ...before, count: page.count, countIsExact: page.countIsExact, calls: merged(page.list, before.calls), fresh };
}

/** Two lists as one, newest first; of a call that is in both, the first list's. */
function merged(calls: Call[], others: Call[]): Call[] {
  const known = new Set(calls.map((call) => call.id));
  return [...calls, ...others.filter((call) => !known.has(call.id))].sort(
    (one, other) => other.callTime - one.callTime || (one.id < other.id ? 1 : -1),
  );
}
