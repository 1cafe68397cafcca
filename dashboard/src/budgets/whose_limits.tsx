// How the budgets of one user or app stand, those for each of them among these.

import { useState } from "preact/hooks";
import { Choice } from "../choice";
import { Field, Form } from "../form";
import type { ChangePlan, Plan } from "./plan";

const KINDS = { user: "A user", app: "An app" } as const;

export function WhoseLimits({ plan, onChange }: { plan: Plan; onChange: ChangePlan }) {
  const [kind, setKind] = useState<keyof typeof KINDS>(plan.app ? "app" : "user");
  const [did, setDid] = useState(plan.user || plan.app);
  const show = () => onChange({ user: "", app: "", [kind]: did.trim(), page: "1" });
  return (
    <section class="panel" aria-labelledby="whose">
      <div class="head"><h2 id="whose">Of one user or app</h2></div>
      <Form label="Of one user or app" button="Show theirs" action={{ run: show, isBusy: false, problem: "" }}>
        <Choice label="A user or an app" name="kind" options={KINDS} value={kind} onChange={setKind} />
        <Field label="Its did" value={did} onInput={setDid} isRequired />
      </Form>
    </section>
  );
}
