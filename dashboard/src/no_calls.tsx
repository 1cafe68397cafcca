// What stands where usage would, and where there may be some.

import { Empty } from "./notices";
import { isNarrowed, UNNARROWED, type Change, type View } from "./view";

interface NoCalls {
  view: View;
  mayReadAll: boolean;
  onChange: Change;
}

export function NoCalls({ view, mayReadAll, onChange }: NoCalls) {
  return (
    <Empty title="No calls in this time">
      <p>A call is here seconds after its gateway has recorded it.</p>
      <div class="ways">
        {view.range !== "90d" && (
          <button type="button" onClick={() => onChange({ range: "90d", from: "", to: "" })}>Show 90 days</button>
        )}
        {isNarrowed(view) && <button type="button" onClick={() => onChange(UNNARROWED)}>Remove what narrows it</button>}
        {mayReadAll && view.who === "mine" && (
          <button type="button" onClick={() => onChange({ ...UNNARROWED, who: "all" })}>Show everybody's</button>
        )}
      </div>
    </Empty>
  );
}
