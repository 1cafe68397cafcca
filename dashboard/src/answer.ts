// A component's question to the API, asked again when it changes and, while the page is looked at, every minute.

import { useCallback, useEffect, useState } from "preact/hooks";
import { get, Refusal, type Parameters } from "./api";

const MINUTE = 60_000;

export interface Asked<T> {
  /** The last answer; while another question is under way, still that of the one before. */
  answer: T | undefined;
  refusal: Refusal | undefined;
  isLoading: boolean;
  again: () => void;
}

interface Told<T> {
  /** What was asked; empty if nothing was, or if what was told is not to be believed any more. */
  question: string;
  answer: T | undefined;
  refusal: Refusal | undefined;
}

const NOTHING = { question: "", answer: undefined, refusal: undefined };

export function useAnswer<T>(path: string | null, parameters: Parameters = {}): Asked<T> {
  const [told, setTold] = useState<Told<T>>(NOTHING);
  const [turn, setTurn] = useState(0);
  const question = path === null ? "" : JSON.stringify([path, parameters]);
  const isLoading = told.question !== question;

  useEffect(() => {
    if (path === null) {
      setTold(NOTHING);
      return undefined;
    }
    const abort = new AbortController();
    get<T>(path, parameters, abort.signal)
      .then((answer) => setTold({ question, answer, refusal: undefined }))
      .catch((error: unknown) => {
        if (abort.signal.aborted) {
          return;
        }
        if (!(error instanceof Refusal)) {
          throw error;
        }
        setTold((before) => ({ question, answer: before.question === question ? before.answer : undefined, refusal: error }));
      });
    return () => abort.abort();
  }, [question, turn]);

  useEffect(() => {
    const timer = setInterval(() => document.hidden || setTurn((now) => now + 1), MINUTE);
    return () => clearInterval(timer);
  }, []);

  const again = useCallback(() => {
    setTold((before) => ({ ...before, question: "" }));
    setTurn((now) => now + 1);
  }, []);
  return { answer: told.answer, refusal: isLoading ? undefined : told.refusal, isLoading, again };
}
