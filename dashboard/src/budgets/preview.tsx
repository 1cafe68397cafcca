// What a budget would have said in its last three periods, asked for on demand.

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { useAnswer } from "../answer";
import type { QueryAnswer, Trends } from "../answers";
import { Failure, Skeleton } from "../notices";
import { count, credits, dateName, share } from "../numbers";
import { QUERY, TRENDS } from "../usage";
import { eachOf, type Draft } from "./draft";
import { pastOf, reachedBy, saidIn, type Past } from "./past";

/** Users or apps that are looked at: those that spent most. */
const MOST = 1_000;

export function Preview({ draft }: { draft: Draft }) {
  const [tried, setTried] = useState<Draft>();
  const isReady = draft.unit === "credits" && Number(draft.amount) > 0 && (draft.period !== "rolling" || Number(draft.days) > 0);
  const isOfForecast = draft.thresholds.some(({ of }) => of === "forecast");
  return (
    <div class="outcome preview">
      <button type="button" disabled={!isReady} onClick={() => setTried(draft)}>Show what it would have said</button>
      {draft.unit === "usd" && <p class="quiet">What was spent before can be shown of credits only.</p>}
      {tried && draft.unit === "credits" && (
        <>
          <Shown key={JSON.stringify(tried)} draft={tried} />
          {isOfForecast && <p class="quiet">Thresholds of what is expected are left out: what was expected then is not kept.</p>}
        </>
      )}
    </div>
  );
}

function Shown({ draft }: { draft: Draft }) {
  const periods = useMemo(() => pastOf(draft, Date.now() / 1000), []);
  return eachOf(draft) ? <OfEach draft={draft} periods={periods} /> : <OfOne draft={draft} periods={periods} />;
}

interface Of {
  draft: Draft;
  periods: Past[];
}

function OfOne({ draft, periods }: Of) {
  const { whose, did } = draft;
  const { answer, refusal, again } = useAnswer<Trends>(TRENDS, {
    allUsers: "true", userDid: whose === "user" ? did.trim() : "", appDid: whose === "app" ? did.trim() : "",
    providerId: draft.provider.trim(), model: draft.model.trim(),
    startTime: periods[0]?.start, endTime: (periods.at(-1)?.end ?? 0) - 1, timezone: draft.zone,
  }, undefined, false);
  if (!answer) {
    return refusal ? <Failure refusal={refusal} onAgain={again} /> : <Skeleton lines={3} />;
  }
  return (
    <Periods>
      {periods.map((period) => {
        const { spent, said } = saidIn(period, answer, draft);
        const reached = said.flatMap(({ percent, at }) => (at === undefined ? [] : [`${percent} % on ${dateName(at, draft.zone)}`]));
        return (
          <tr key={period.start}>
            <td data-title="Period">{inWords(period, draft.zone)}</td>
            <td data-title="Spent" class="number">{credits(spent)}</td>
            <td data-title="Of the amount" class="number">{share(spent / Number(draft.amount))}</td>
            <td data-title="It would have said">{reached.join(", ") || "nothing"}</td>
          </tr>
        );
      })}
    </Periods>
  );
}

function OfEach({ draft, periods }: Of) {
  return <Periods isOfEach>{periods.map((period) => <Each key={period.start} draft={draft} period={period} />)}</Periods>;
}

function Each({ draft, period }: { draft: Draft; period: Past }) {
  const each = eachOf(draft) ?? "user";
  const filters = [["provider", draft.provider.trim()], ["model", draft.model.trim()]]
    .filter(([, value]) => value).map(([dimension, value]) => ({ dimension, op: "in", value: [value] }));
  const { answer, refusal } = useAnswer<QueryAnswer>(QUERY, {
    startTime: period.start, endTime: period.end - 1, groupBy: each, metrics: "credits", orderBy: "-credits", limit: MOST,
    filters: JSON.stringify(filters),
  }, undefined, false);
  const said = answer && reachedBy(answer, draft).filter(({ reached }) => reached)
    .map(({ percent, reached }) => `${percent} % to ${reached === MOST ? "at least " : ""}${count(reached)} ${each}${reached === 1 ? "" : "s"}`);
  return (
    <tr aria-busy={!answer && !refusal}>
      <td data-title="Period">{inWords(period, draft.zone)}</td>
      <td data-title="Spent by all" class="number">{answer ? credits(answer.total?.["credits"] ?? 0) : "…"}</td>
      <td data-title="It would have said">{refusal?.message ?? (said && (said.join(", ") || "nothing"))}</td>
    </tr>
  );
}

function Periods({ isOfEach = false, children }: { isOfEach?: boolean; children: ComponentChildren }) {
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="What it would have said">
      <table class="records">
        <thead>
          <tr>
            <th scope="col">Period</th><th scope="col" class="number">Spent{isOfEach && " by all"}</th>
            {!isOfEach && <th scope="col" class="number">Of the amount</th>}<th scope="col">It would have said</th>
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}

const inWords = ({ start, end }: Past, zone: string): string => {
  const [first, last] = [dateName(start, zone), dateName(end - 1, zone)];
  return first === last ? first : `${first} – ${last}`;
};
