// The budgets of what is shown that are near their limit, or expected to be.

import { useAnswer } from "./answer";
import type { BudgetsPage } from "./answers";
import { LimitRow, stateOf } from "./limit_row";
import type { View } from "./view";

/** Budgets that are looked at, and that are shown. */
const PAGE = 50;
const SHOWN = 3;

export function NearLimits({ view }: { view: View }) {
  const { user, app, who, zone } = view;
  const isAll = who === "all" && !user && !app;
  const whose = who === "all" ? { allUsers: isAll, userDid: user, appDid: app } : {};
  const { answer } = useAnswer<BudgetsPage>("/api/budgets", { ...whose, pageSize: PAGE });
  const near = (answer?.budgets ?? []).filter((limit) => stateOf(limit) !== "calm");
  if (!near.length) {
    return null;
  }
  const used = near.toSorted((one, other) => other.spent * one.amount - one.spent * other.amount);
  const place = new URLSearchParams({ zone, ...(user && { user }), ...(!user && app && { app }) });
  return (
    <section class="panel" aria-labelledby="near-limits">
      <div class="head">
        <h2 id="near-limits">Budgets near their limit</h2>
        <span class="quiet">{near.length > SHOWN && `${SHOWN} of ${near.length}`}</span>
        <a href={`/budgets?${place}`}>All budgets</a>
      </div>
      <ul class="limits">
        {used.slice(0, SHOWN).map((limit) => <li key={limit.id}><LimitRow limit={limit} zone={zone} /></li>)}
      </ul>
    </section>
  );
}
