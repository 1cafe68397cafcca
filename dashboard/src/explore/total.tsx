// The figures of all calls together, beside those of the other time.

import type { QueryAnswer } from "../answers";
import { growth, precise, share } from "../numbers";
import { MEASURES, shownLike } from "./measures";
import type { Question } from "./question";
import { valueOf } from "./table";

export function Total({ question, answer, other }: { question: Question; answer: QueryAnswer; other: QueryAnswer | undefined }) {
  return (
    <dl class="total" aria-label="All together">
      {question.measures.map((measure) => {
        const [now, before] = [answer, other].map((one) => valueOf(one?.total ?? undefined, measure));
        const shown = shownLike(measure, [now ?? null], question.zone);
        const change = now != null && before != null ? growth(now, before) : undefined;
        return (
          <div key={measure}>
            <dt>{MEASURES[measure]}</dt>
            <dd>
              {now == null ? "–" : <data value={precise(now)} title={precise(now)}>{shown(now)}</data>}
              {before != null && <small class="quiet"> was {shown(before)}{change !== undefined && `, ${change > 0 ? "+" : ""}${share(change)}`}</small>}
            </dd>
          </div>
        );
      })}
    </dl>
  );
}
