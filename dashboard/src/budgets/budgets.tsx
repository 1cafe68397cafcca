// How much may be spent, how that stands, whom it is told, and what was. Users see their own budgets only.

import { useCallback, useMemo } from "preact/hooks";
import type { Me } from "../answers";
import { go } from "../navigation";
import { isAdministrator, mayReadAll } from "../roles";
import { Sectioned } from "../sectioned";
import { AlertHistory } from "./alert_history";
import { BudgetEditor } from "./budget_editor";
import { Channels } from "./channels";
import { Definitions } from "./definitions";
import { Limits } from "./limits";
import { addressOfPlan, planOf, SECTIONS, type ChangePlan, type Plan, type Section } from "./plan";
import { WhoseLimits } from "./whose_limits";

interface Budgets {
  me: Me;
  query: string;
  onLeave: () => void;
}

export function Budgets({ me, query, onLeave }: Budgets) {
  const plan = useMemo(() => planOf(query), [query]);
  const change: ChangePlan = useCallback((changes) => go(addressOfPlan(planOf(location.search), changes)), []);
  const isReader = mayReadAll(me);
  const current: Section = isReader && plan.section !== "edit" ? plan.section : "budgets";
  return (
    <Sectioned
      me={me} place="/budgets" current={current} title={current === "budgets" ? "" : SECTIONS[current]}
      sections={isReader ? SECTIONS : { budgets: SECTIONS.budgets }}
      addressOf={(section) => addressOfPlan(plan, { section })}
      zone={plan.zone} onZone={(zone) => change({ zone })} onLeave={onLeave}
    >
      {isReader ? <Shown plan={plan} mayChange={isAdministrator(me)} onChange={change} /> : <Limits plan={plan} isReader={false} />}
    </Sectioned>
  );
}

function Shown({ plan, mayChange, onChange }: { plan: Plan; mayChange: boolean; onChange: ChangePlan }) {
  switch (plan.section) {
    case "budgets":
      return (
        <>
          <Limits plan={plan} isReader mayChange={mayChange} />
          <Definitions plan={plan} />
          <WhoseLimits key={plan.user + plan.app} plan={plan} onChange={onChange} />
        </>
      );
    case "edit":
      return <BudgetEditor key={plan.budget} plan={plan} mayChange={mayChange} onChange={onChange} />;
    case "channels":
      return <Channels plan={plan} mayChange={mayChange} />;
    case "alerts":
      return <AlertHistory plan={plan} />;
  }
}
