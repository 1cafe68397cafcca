// The calls that some filters leave: the first page, more on demand, and new ones as they come.

import { useEffect, useRef, useState } from "preact/hooks";
import { get, Refusal, type Parameters } from "./api";
import type { Call, CallsPage } from "./answers";
import { refresh, useRefresh, useShown } from "./freshness";

export const CALLS = "/api/user/model-calls";
const TAIL = 3_000;
/** Milliseconds after which a call that came is surely counted. */
const COUNTING = 5_000;

interface Listed {
  calls: Call[];
  count: number;
  nextToken: string | null;
  /** The ids of the calls that came while this was looked at. */
  fresh: ReadonlySet<string>;
}

interface Told {
  /** The filters that were asked for. */
  question: string;
  listed: Listed | undefined;
  /** Unix seconds: when the newest page was asked for. */
  asOf: number | undefined;
  refusal: Refusal | undefined;
}

export interface CallList {
  /** Calls that these filters leave, never those of others. */
  listed: Listed | undefined;
  asOf: number | undefined;
  refusal: Refusal | undefined;
  isLoading: boolean;
  isLoadingMore: boolean;
  more: () => void;
  again: () => void;
}

const NOTHING: Told = { question: "", listed: undefined, asOf: undefined, refusal: undefined };

export function useCallList(filters: Parameters, isLive: boolean): CallList {
  const [told, setTold] = useState(NOTHING);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [turn, setTurn] = useState(0);
  const running = useRef(new AbortController());
  const question = JSON.stringify(filters);
  const { listed, asOf, refusal } = told.question === question ? told : NOTHING;

  /** Requests for the same filters don't cancel one another; other filters cancel them all. */
  async function ask(parameters: Parameters, taken: (page: CallsPage, before: Listed | undefined) => Listed) {
    const { signal } = running.current;
    const asked = Date.now() / 1000;
    try {
      const page = await get<CallsPage>(CALLS, parameters, signal);
      setTold((before) => {
        const same = before.question === question ? before : NOTHING;
        const asOf = parameters["nextToken"] ? same.asOf : asked;
        return { question, listed: taken(page, same.listed), asOf, refusal: undefined };
      });
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (!(error instanceof Refusal)) {
        throw error;
      }
      setTold((before) => ({ ...(before.question === question ? before : NOTHING), question, refusal: error }));
    }
  }

  useEffect(() => {
    running.current = new AbortController();
    setLoadingMore(false);
    void ask(filters, first);
    return () => running.current.abort();
  }, [question, turn]);

  useRefresh(() => isLive || void ask(filters, newest));
  useShown(asOf, refusal);
  useFigures(isLive ? (listed?.fresh.size ?? 0) : 0);

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
    await ask({ ...filters, nextToken: listed?.nextToken ?? undefined }, next);
    setLoadingMore(false);
  }

  function again() {
    setTold(NOTHING);
    setTurn((now) => now + 1);
  }

  return { listed, asOf, refusal, isLoading: !listed && !refusal, isLoadingMore, more, again };
}

/** Bring the figures up to date, once the calls that came are counted in them. */
function useFigures(came: number): void {
  useEffect(() => {
    if (!came) {
      return undefined;
    }
    const timer = setTimeout(refresh, COUNTING);
    return () => clearTimeout(timer);
  }, [came]);
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
  return { ...before, count: page.count, calls: merged(page.list, before.calls), fresh };
}

/** Two lists as one, newest first; of a call that is in both, the first list's. */
function merged(calls: Call[], others: Call[]): Call[] {
  const known = new Set(calls.map((call) => call.id));
  return [...calls, ...others.filter((call) => !known.has(call.id))].sort(
    (one, other) => other.callTime - one.callTime || (one.id < other.id ? 1 : -1),
  );
}
