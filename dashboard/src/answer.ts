// A component's question to the API, asked again when it changes and whenever the page is refreshed.

import { useCallback, useEffect, useState } from "preact/hooks";
import { get, Refusal, type Parameters } from "./api";
import { useRefresh, useShown } from "./freshness";

export interface Asked<T> {
  /** The last answer to this question, never one to another. */
  answer: T | undefined;
  /** Unix seconds: when it was asked for. */
  asOf: number | undefined;
  refusal: Refusal | undefined;
  isLoading: boolean;
  again: () => void;
}

interface Told<T> {
  /** What was asked; empty if nothing was, or if what was told is not to be believed any more. */
  question: string;
  about: string;
  answer: T | undefined;
  asOf: number | undefined;
  refusal: Refusal | undefined;
}

const NOTHING = { question: "", about: "", answer: undefined, asOf: undefined, refusal: undefined };

/**
 * The answer to a question. One about the same may be shown until it is there: a range that goes on is asked for anew
 * each quarter hour, and is still about the same. What is costly to answer is not followed: it is asked once.
 */
export function useAnswer<T>(
  path: string | null, parameters: Parameters = {}, about?: string, isFollowed = true,
): Asked<T> {
  const [told, setTold] = useState<Told<T>>(NOTHING);
  const [turn, setTurn] = useState(0);
  const question = path === null ? "" : JSON.stringify([path, parameters]);
  const subject = path === null ? "" : (about ?? question);

  useEffect(() => {
    if (path === null) {
      setTold(NOTHING);
      return undefined;
    }
    const abort = new AbortController();
    const asOf = Date.now() / 1000;
    get<T>(path, parameters, abort.signal)
      .then((answer) => setTold({ question, about: subject, answer, asOf, refusal: undefined }))
      .catch((error: unknown) => {
        if (abort.signal.aborted) {
          return;
        }
        if (!(error instanceof Refusal)) {
          throw error;
        }
        setTold((before) => ({ ...(before.about === subject ? before : NOTHING), question, about: subject, refusal: error }));
      });
    return () => abort.abort();
  }, [question, turn]);

  const ask = useCallback(() => setTurn((now) => now + 1), []);
  const again = useCallback(() => {
    setTold((before) => ({ ...before, question: "" }));
    ask();
  }, []);
  const { answer, asOf } = told.about === subject ? told : NOTHING;
  const isLoading = told.question !== question;
  const refusal = isLoading ? undefined : told.refusal;
  useRefresh(() => isFollowed && ask());
  useShown(isFollowed ? asOf : undefined, refusal);
  return { answer, asOf, refusal, isLoading, again };
}
