// How budgets stand: one's own, those of a user or an app, or all that are not one for each of them.

import { useAnswer } from "../answer";
import type { BudgetsPage } from "../answers";
import { LimitRow } from "../limit_row";
import { Empty, Failure, Skeleton } from "../notices";
import { count } from "../numbers";
import { addressOfPlan, type Plan } from "./plan";

const PAGE = 20;

interface Limits {
  plan: Plan;
  isReader: boolean;
  mayChange?: boolean;
}

export function Limits({ plan, isReader, mayChange = false }: Limits) {
  const { user, app, page } = plan;
  const isAll = isReader && !user && !app;
  const whose = isReader ? { allUsers: isAll, userDid: user, appDid: app } : {};
  const asked = useAnswer<BudgetsPage>("/api/budgets", { ...whose, page, pageSize: PAGE });
  const title = isAll ? "Budgets" : isReader ? `Budgets of ${user || app}` : "Your budgets";
  return (
    <section class="panel" aria-labelledby="budgets" aria-busy={asked.isLoading}>
      <div class="head">
        <h2 id="budgets">{title}</h2>
        {asked.answer && <span class="quiet">{count(asked.answer.total)}</span>}
        {!isAll && isReader && <a href={addressOfPlan(plan, { user: "", app: "", page: "1" })}>Show all</a>}
        {mayChange && <a class="button" href={addressOfPlan(plan, { section: "edit" })}>Make a budget</a>}
      </div>
      <Shown asked={asked} plan={plan} isReader={isReader} isAll={isAll} />
    </section>
  );
}

function Shown({ asked, plan, isReader, isAll }: Limits & { asked: ReturnType<typeof useAnswer<BudgetsPage>>; isAll: boolean }) {
  const { answer, refusal, again } = asked;
  if (!answer) {
    return refusal ? <Failure refusal={refusal} onAgain={again} /> : <Skeleton lines={4} />;
  }
  if (!answer.total) {
    return (
      <Empty title={isAll ? "There is no budget yet" : "No budget limits this"}>
        <p>{isReader ? "A budget says how many credits may be spent in a period, and whom to tell before it is spent." : "An administrator can set one for you."}</p>
      </Empty>
    );
  }
  const page = Number(plan.page);
  return (
    <>
      <ul class="limits">
        {answer.budgets.map((limit) => (
          <li key={limit.id}>
            <LimitRow limit={limit} zone={plan.zone} {...(isReader ? { href: addressOfPlan(plan, { section: "edit", budget: limit.id }) } : {})} />
          </li>
        ))}
      </ul>
      {(page > 1 || answer.total > page * PAGE) && (
        <nav class="pages" aria-label="Pages">
          {page > 1 && <a class="button" href={addressOfPlan(plan, { page: String(page - 1) })}>Before</a>}
          <span class="quiet">Page {page} of {Math.ceil(answer.total / PAGE)}</span>
          {answer.total > page * PAGE && <a class="button" href={addressOfPlan(plan, { page: String(page + 1) })}>Next</a>}
        </nav>
      )}
    </>
  );
}
