// The budgets for each user or each app: how each of them stands is shown where one is chosen.

import { useAnswer } from "../answer";
import type { Budget, Budgets } from "../answers";
import { List } from "../list";
import { Name } from "../name";
import { inUnit } from "../numbers";
import { BUDGETS, periodText } from "./draft";
import { addressOfPlan, type Plan } from "./plan";

export function Definitions({ plan }: { plan: Plan }) {
  const asked = useAnswer<Budgets>(BUDGETS);
  return (
    <section class="panel" aria-labelledby="each">
      <div class="head"><h2 id="each">For each user or app</h2></div>
      <List<Budgets, Budget>
        label="For each user or app" asked={asked} identify={({ id }) => id} numbers={["Amount"]}
        rows={({ budgets }) => budgets.filter(({ each }) => each)}
        empty={<><strong>There is none</strong><p>Such a budget limits each user, or each app, by itself.</p></>}
        columns={{
          Name: ({ id, name }) => <a href={addressOfPlan(plan, { section: "edit", budget: id })}><Name text={name} /></a>,
          "Of each": ({ each }) => each,
          Amount: ({ amount, unit }) => inUnit(amount, unit),
          Period: periodText,
          Others: ({ exceptions }) => `${Object.keys(exceptions).length} have another amount`,
        }}
      />
    </section>
  );
}
