// One change that somebody makes: under way, refused, or made.

import { useState } from "preact/hooks";
import { Refusal } from "./api";

export interface Action {
  run: () => void;
  isBusy: boolean;
  /** Why it wasn't made; empty unless it was tried. */
  problem: string;
}

export function useAction(act: () => Promise<void>): Action {
  const [isBusy, setBusy] = useState(false);
  const [problem, setProblem] = useState("");

  async function run() {
    setBusy(true);
    setProblem("");
    try {
      await act();
    } catch (error) {
      if (!(error instanceof Refusal)) {
        throw error;
      }
      setProblem(error.message);
    } finally {
      setBusy(false);
    }
  }

  return { run: () => void run(), isBusy, problem };
}
