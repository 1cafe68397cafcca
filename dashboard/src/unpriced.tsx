// Calls without a price: the credits say less than was used. How many there are, and of which models.

import { useState } from "preact/hooks";
import { useAnswer } from "./answer";
import type { Trends } from "./answers";
import { named, type Named } from "./groups";
import { Name } from "./name";
import { Warning } from "./icons";
import { count } from "./numbers";
import { TRENDS } from "./usage";
import { addressOf, type Question, type View } from "./view";

const SHOWN = 4;

interface Unpriced {
  calls: number;
  asked: Question;
  view: View;
  isAdministrator: boolean;
}

export function Unpriced({ calls, asked, view, isAdministrator }: Unpriced) {
  const parameters = { ...asked.parameters, groupBy: "model", sortBy: "unpricedCalls" };
  const { answer, isLoading } = useAnswer<Trends>(TRENDS, parameters, asked.about);
  const [isLong, setLong] = useState(false);
  const models = answer?.groups.filter((group) => group.unpricedCalls > 0).map((group) => named(group, "model")) ?? [];
  const others = answer?.rest?.unpricedCalls ?? 0;
  return (
    <section class="unpriced" aria-label="Calls without a price" aria-busy={isLoading}>
      <Warning />
      <div>
        <p>
          <strong>{calls === 1 ? "1 call has no price" : `${count(calls)} calls have no price`}</strong> and
          {calls === 1 ? " counts" : " count"} as 0 credits.
          {isAdministrator && (
            <> <a href={ratesOf(models[0])}>Set a rate</a> for {models.length > 1 ? "these models" : "its model"}, then reprice.</>
          )}
        </p>
        <ul>
          {models.slice(0, isLong ? models.length : SHOWN).map(({ key, name, detail, group, pick }) => (
            <li key={key}>
              <a class="name" href={addressOf(view, pick)}><Name text={name} /></a>{" "}
              <span class="quiet">{detail}</span> <b>{count(group.unpricedCalls)}</b>
            </li>
          ))}
          {isLong && others > 0 && <li class="quiet">other models {count(others)}</li>}
        </ul>
        {models.length > SHOWN && (
          <button type="button" class="link" aria-expanded={isLong} onClick={() => setLong(!isLong)}>
            {isLong ? "Show fewer" : `Show ${models.length - SHOWN} more`}
          </button>
        )}
      </div>
    </section>
  );
}

/** Where a rate is set, for the model that has most of them. */
function ratesOf(first: Named | undefined): string {
  const { model = "", providerId = "" } = first?.group ?? {};
  return `/administration?${new URLSearchParams({ section: "rates", model, provider: providerId })}`;
}
