// How long half of the calls take, and 95 of 100: of the archive, which is asked once somebody stays.

import { useEffect, useState } from "preact/hooks";
import { useAnswer } from "./answer";
import type { Me, QueryAnswer } from "./answers";
import { QUERY } from "./usage";
import { filtersOf, type Question, type View } from "./view";

/** Milliseconds: whoever goes on before is not answered what costs more than counters. */
const STAY = 1_500;
const METRICS = "p50Duration,p95Duration,p50Ttfb,p95Ttfb";

export function usePercentiles(view: View, me: Me, asked: Question): Partial<Record<string, number | null>> {
  const { startTime, endTime } = asked.parameters;
  const stays = useStays(asked.about);
  const question = { startTime, endTime, metrics: METRICS, filters: filtersOf(view, me) };
  return useAnswer<QueryAnswer>(stays ? QUERY : null, question, asked.about, false).answer?.total ?? {};
}

function useStays(about: string): boolean {
  const [stayed, setStayed] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setStayed(about), STAY);
    return () => clearTimeout(timer);
  }, [about]);
  return stayed === about;
}
