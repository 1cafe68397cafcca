// What stands where usage would: where there may be some, or how to begin.

import { useAnswer } from "./answer";
import type { CallsPage } from "./answers";
import { CALLS } from "./call_list";
import { FirstSteps } from "./first_steps";
import { Empty } from "./notices";
import { addressOf, isEverybody, isNarrowed, UNNARROWED, type View } from "./view";

export function NoCalls({ view }: { view: View }) {
  const isAll = isEverybody(view) && !isNarrowed(view);
  const any = useAnswer<CallsPage>(isAll ? CALLS : null, { allUsers: "true", pageSize: 1 });
  if (any.answer?.list.length === 0) {
    return <FirstSteps />;
  }
  return (
    <Empty title="No calls in this time">
      <p>A call is here seconds after its gateway has recorded it.</p>
      <div class="ways">
        {view.range !== "90d" && <a class="button" href={addressOf(view, { range: "90d", from: "", to: "" })}>Show 90 days</a>}
        {isNarrowed(view) && <a class="button" href={addressOf(view, UNNARROWED)}>Remove what narrows it</a>}
      </div>
    </Empty>
  );
}
