// One budget: made, changed or deleted, with what it would have said before, and who changed it.

import { useState } from "preact/hooks";
import { useAction } from "../action";
import { useAnswer } from "../answer";
import type { Budget, BudgetHistory, Budgets } from "../answers";
import { get, send } from "../api";
import { Confirmed } from "../confirmed";
import { Form } from "../form";
import { List } from "../list";
import { Name } from "../name";
import { Empty, Failure, Skeleton } from "../notices";
import { inUnit, momentName } from "../numbers";
import { BudgetFields } from "./budget_fields";
import { BUDGETS, draftOf, inputOf, newDraft, newId, periodText } from "./draft";
import { addressOfPlan, type ChangePlan, type Plan } from "./plan";
import { Preview } from "./preview";

interface BudgetEditor {
  plan: Plan;
  mayChange: boolean;
  onChange: ChangePlan;
}

export function BudgetEditor({ plan, mayChange, onChange }: BudgetEditor) {
  const path = `${BUDGETS}/${encodeURIComponent(plan.budget)}`;
  const asked = useAnswer<BudgetHistory>(plan.budget ? path : null);
  const { answer, refusal, again } = asked;
  if (plan.budget && !answer) {
    return <div class="panel">{refusal ? <Failure refusal={refusal} onAgain={again} /> : <Skeleton lines={8} />}</div>;
  }
  return (
    <>
      {plan.budget && !answer?.budget ? (
        <div class="panel"><Empty title="This budget was deleted"><p>Who changed it is below.</p></Empty></div>
      ) : mayChange || plan.budget ? (
        <Editing plan={plan} before={answer?.budget ?? undefined} mayChange={mayChange} onSet={again} onChange={onChange} />
      ) : (
        <div class="panel"><Empty title="For administrators"><p>Your role may look, and change nothing.</p></Empty></div>
      )}
      {plan.budget && (
        <section class="panel" aria-labelledby="changes">
          <div class="head"><h2 id="changes">Changes</h2></div>
          <List<BudgetHistory, BudgetHistory["changes"][number]>
            label="Changes" asked={asked} rows={({ changes }) => changes} identify={({ changedAt, changedBy }) => changedAt + changedBy}
            empty={<strong>Nobody has changed it</strong>}
            columns={{
              When: ({ changedAt }) => momentName(Date.parse(changedAt) / 1000, plan.zone),
              Who: ({ changedBy }) => <Name text={changedBy} />,
              What: ({ budget }) => (budget ? `${inUnit(budget.amount, budget.unit)}, ${periodText(budget)}` : "deleted"),
            }}
          />
        </section>
      )}
    </>
  );
}

interface Editing extends BudgetEditor {
  /** Undefined of a new one. */
  before: Budget | undefined;
  onSet: () => void;
}

function Editing({ plan, before, mayChange, onSet, onChange }: Editing) {
  const [draft, setDraft] = useState(() => (before ? draftOf(before) : newDraft(plan.zone)));
  const [set, setSet] = useState("");
  const action = useAction(async () => {
    setSet("");
    const id = before?.id ?? newId(draft.name, (await get<Budgets>(BUDGETS)).budgets.map((one) => one.id));
    const { name } = await send<Budget>("PUT", `${BUDGETS}/${encodeURIComponent(id)}`, inputOf(draft, before));
    setSet(name);
    if (before) {
      onSet();
    } else {
      setDraft(newDraft(plan.zone));
    }
  });
  return (
    <section class="panel" aria-labelledby="budget">
      <div class="head">
        <h2 id="budget">{before ? before.name : "Make a budget"}</h2>
        <a href={addressOfPlan(plan, { section: "budgets" })}>All budgets</a>
        {before && mayChange && (
          <Confirmed
            button="Delete" label={`Delete ${before.name}`} title={`Delete the budget ${before.name}?`}
            act={async () => {
              await send("DELETE", `${BUDGETS}/${encodeURIComponent(before.id)}`);
              onChange({ section: "budgets" });
            }}
          >
            <p>It limits nothing any more within a minute. Who changed it stays known.</p>
          </Confirmed>
        )}
      </div>
      <Form label="Budget" button={before ? "Change the budget" : "Make the budget"} action={action} isReadOnly={!mayChange}>
        <BudgetFields draft={draft} onChange={(changes) => setDraft({ ...draft, ...changes })} />
      </Form>
      {set && (
        <p class="made" role="status">
          <b>{set}</b> is set. It is in force, and <a href={addressOfPlan(plan, { section: "budgets" })}>among the budgets</a>, within a minute.
        </p>
      )}
      <Preview draft={draft} />
    </section>
  );
}
