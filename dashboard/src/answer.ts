// A component's question to the API, asked again when it changes and, while the page is looked at, every minute.

import { useCallback, useEffect, useRef, useState } from "preact/hooks";
import { get, Refusal, type Parameters } from "./api";

const MINUTE = 60_000;

export interface Asked<T> {
  /** The last answer; while another question is under way, still that of the one before. */
  answer: T | undefined;
  refusal: Refusal | undefined;
  isLoading: boolean;
  again: () => void;
}

export function useAnswer<T>(path: string | null, parameters: Parameters = {}): Asked<T> {
  const [state, setState] = useState<Omit<Asked<T>, "again">>({
    answer: undefined, refusal: undefined, isLoading: path !== null,
  });
  const [turn, setTurn] = useState(0);
  const question = JSON.stringify([path, parameters]);
  const asked = useRef("");

  useEffect(() => {
    if (path === null) {
      setState({ answer: undefined, refusal: undefined, isLoading: false });
      return undefined;
    }
    const abort = new AbortController();
    const isNew = asked.current !== question;
    asked.current = question;
    if (isNew) {
      setState((before) => ({ ...before, refusal: undefined, isLoading: true }));
    }
    get<T>(path, parameters, abort.signal)
      .then((answer) => setState({ answer, refusal: undefined, isLoading: false }))
      .catch((error: unknown) => {
        if (abort.signal.aborted) {
          return;
        }
        if (!(error instanceof Refusal)) {
          throw error;
        }
        setState((before) => ({ answer: isNew ? undefined : before.answer, refusal: error, isLoading: false }));
      });
    return () => abort.abort();
  }, [question, turn]);

  useEffect(() => {
    const timer = setInterval(() => document.hidden || setTurn((now) => now + 1), MINUTE);
    return () => clearInterval(timer);
  }, []);

  const again = useCallback(() => setTurn((now) => now + 1), []);
  return { ...state, again };
}
