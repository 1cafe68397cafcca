// Work that outlives a request: begun, asked for until it is done, and shown meanwhile.

import { useEffect, useRef, useState } from "preact/hooks";
import { Refusal } from "./api";

const PATIENCE = 1_000;

interface Work<T> {
  begin: (signal: AbortSignal) => Promise<T>;
  ask: (told: T, signal: AbortSignal) => Promise<T>;
  isDone: (told: T) => boolean;
  onDone?: (told: T) => void;
}

export interface Job<T> {
  /** What was last told of it. */
  told: T | undefined;
  isRunning: boolean;
  /** Why it can't go on; empty while it can. */
  problem: string;
  begin: () => void;
  /** Wait no longer. The work goes on. */
  stop: () => void;
}

const REST = { told: undefined, isRunning: false, problem: "" };

export function useJob<T>(work: Work<T>): Job<T> {
  const [state, setState] = useState<Omit<Job<T>, "begin" | "stop">>(REST);
  const abort = useRef<AbortController>(undefined);
  const latest = useRef(work);
  latest.current = work;
  useEffect(() => () => abort.current?.abort(), []);

  async function run() {
    abort.current?.abort();
    const { signal } = (abort.current = new AbortController());
    setState({ ...REST, isRunning: true });
    try {
      let told = await latest.current.begin(signal);
      while (!latest.current.isDone(told)) {
        setState({ told, isRunning: true, problem: "" });
        await new Promise((resolve) => setTimeout(resolve, PATIENCE));
        signal.throwIfAborted();
        told = await latest.current.ask(told, signal);
      }
      latest.current.onDone?.(told);
      setState({ told, isRunning: false, problem: "" });
    } catch (error) {
      if (!signal.aborted) {
        const problem = error instanceof Refusal ? error.message : "It failed. Try it again.";
        setState((before) => ({ ...before, isRunning: false, problem }));
      }
    }
  }

  function stop() {
    abort.current?.abort();
    setState(REST);
  }

  return { ...state, begin: () => void run(), stop };
}
