// Whether somebody stays: whoever goes on at once is not answered what costs more than counters.

import { useEffect, useState } from "preact/hooks";

/** Milliseconds. */
const STAY = 1_500;

export function useStays(about: string): boolean {
  const [stayed, setStayed] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setStayed(about), STAY);
    return () => clearTimeout(timer);
  }, [about]);
  return stayed === about;
}
