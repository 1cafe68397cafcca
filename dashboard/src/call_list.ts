// The calls that some filters leave: the first page, more on demand, and new ones as they come.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, Refusal, type Parameters } from "./api";
import type { Call, CallsPage } from "./answers";

const PATH = "/api/user/model-calls";
const TAIL = 3_000;

interface Listed {
  calls: Call[];
  count: number;
  countIsExact: boolean;
  nextToken: string | null;
}

export interface CallList {
  listed: Listed | undefined;
  refusal: Refusal | undefined;
  isLoading: boolean;
  /** The ids of the calls that came while this was looked at. */
  fresh: ReadonlySet<string>;
  more: () => void;
  again: () => void;
}

export function useCallList(filters: Parameters, isLive: boolean): CallList {
  const [listed, setListed] = useState<Listed>();
  const [refusal, setRefusal] = useState<Refusal>();
  const [answered, setAnswered] = useState("");
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [fresh, setFresh] = useState<ReadonlySet<string>>(new Set());
  const [turn, setTurn] = useState(0);
  const running = useRef<AbortController>(undefined);
  const question = JSON.stringify(filters);

  const ask = useCallback((parameters: Parameters, take: (page: CallsPage) => void) => {
    running.current?.abort();
    const abort = new AbortController();
    running.current = abort;
    return get<CallsPage>(PATH, parameters, abort.signal)
      .then((page) => {
        take(page);
        setRefusal(undefined);
        setAnswered(question);
        setLoadingMore(false);
      })
      .catch((error: unknown) => {
        if (abort.signal.aborted) {
          return;
        }
        if (!(error instanceof Refusal)) {
          throw error;
        }
        setRefusal(error);
        setAnswered(question);
        setLoadingMore(false);
      });
  }, [question]);

  useEffect(() => {
    setFresh(new Set());
    void ask(filters, (page) => setListed({ ...page, calls: page.list }));
    return () => running.current?.abort();
  }, [question, turn]);

  useEffect(() => {
    if (!isLive) {
      return undefined;
    }
    let isOver = false;
    let timer: ReturnType<typeof setTimeout>;
    const tail = async () => {
      if (!document.hidden) {
        await ask(filters, (page) => {
          setListed((before) => {
            const known = new Set(before?.calls.map((call) => call.id));
            setFresh((seen) => new Set([...seen, ...page.list.map((call) => call.id).filter((id) => !known.has(id))]));
            return before ? { ...before, count: page.count, calls: merged(page.list, before.calls) } : { ...page, calls: page.list };
          });
        });
      }
      if (!isOver) {
        timer = setTimeout(tail, TAIL);
      }
    };
    timer = setTimeout(tail, TAIL);
    return () => {
      isOver = true;
      clearTimeout(timer);
    };
  }, [question, isLive]);

  const more = useCallback(() => {
    const nextToken = listed?.nextToken;
    if (nextToken) {
      setLoadingMore(true);
      void ask({ ...filters, nextToken }, (page) =>
        setListed((before) => ({ ...page, calls: merged(before?.calls ?? [], page.list) })),
      );
    }
  }, [listed?.nextToken, question]);

  const again = useCallback(() => {
    setAnswered("");
    setTurn((now) => now + 1);
  }, []);
  return { listed, refusal, isLoading: answered !== question || isLoadingMore, fresh, more, again };
}

/** Two lists as one, newest first; of a call that is in both, the first list's. */
function merged(calls: Call[], others: Call[]): Call[] {
  const known = new Set(calls.map((call) => call.id));
  return [...calls, ...others.filter((call) => !known.has(call.id))].sort(
    (one, other) => other.callTime - one.callTime || (one.id < other.id ? 1 : -1),
  );
}
