// The rows that answer a question, a page at a time. They come from the archive, so they are asked for once.

import { useEffect, useRef, useState } from "preact/hooks";
import type { QueryAnswer } from "../answers";
import { Refusal, send } from "../api";
import { QUERY } from "../usage";

/** Rows of a page: as many as the API answers. */
const PAGE = 10_000;

interface Told {
  question: string;
  answer: QueryAnswer | undefined;
  refusal: Refusal | undefined;
}

export interface Pages extends Omit<Told, "question"> {
  isLoading: boolean;
  isLoadingMore: boolean;
  more: () => void;
  again: () => void;
}

const NOTHING: Told = { question: "", answer: undefined, refusal: undefined };

/** The answer has all rows that were loaded; `rest` and `nextToken` are those of its last page. */
export function usePages(asked: object | undefined): Pages {
  const [told, setTold] = useState(NOTHING);
  const [isLoadingMore, setLoadingMore] = useState(false);
  const [turn, setTurn] = useState(0);
  const running = useRef(new AbortController());
  const question = asked ? JSON.stringify(asked) : "";
  const { answer, refusal } = told.question === question ? told : NOTHING;

  async function ask(before?: QueryAnswer) {
    const { signal } = running.current;
    try {
      const page = await send<QueryAnswer>("POST", QUERY, { ...asked, limit: PAGE, nextToken: before?.nextToken ?? null }, signal);
      setTold({ question, answer: { ...page, rows: [...(before?.rows ?? []), ...page.rows] }, refusal: undefined });
    } catch (error) {
      if (signal.aborted) {
        return;
      }
      if (!(error instanceof Refusal)) {
        throw error;
      }
      setTold({ question, answer: before, refusal: error });
    }
  }

  useEffect(() => {
    running.current = new AbortController();
    setLoadingMore(false);
    if (asked) {
      void ask();
    }
    return () => running.current.abort();
  }, [question, turn]);

  async function more() {
    setLoadingMore(true);
    await ask(answer);
    setLoadingMore(false);
  }

  return {
    answer, refusal, isLoadingMore, more: () => void more(),
    isLoading: Boolean(asked) && !answer && !refusal,
    again() {
      setTold(NOTHING);
      setTurn((now) => now + 1);
    },
  };
}
