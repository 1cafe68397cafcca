// How long half of the calls take, and 95 of 100: of the archive, which is asked once somebody stays.

import { useAnswer } from "./answer";
import type { Me, QueryAnswer } from "./answers";
import { useStays } from "./stays";
import { QUERY } from "./usage";
import { filtersOf, type Question, type View } from "./view";

const METRICS = "p50Duration,p95Duration,p50Ttfb,p95Ttfb";

export function usePercentiles(view: View, me: Me, asked: Question): Partial<Record<string, number | null>> {
  const { startTime, endTime } = asked.parameters;
  const stays = useStays(asked.about);
  const question = { startTime, endTime, metrics: METRICS, filters: filtersOf(view, me) };
  return useAnswer<QueryAnswer>(stays ? QUERY : null, question, asked.about, false).answer?.total ?? {};
}
