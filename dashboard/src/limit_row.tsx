// How one budget stands: what is spent of what may be, and what is expected.

import type { Limit } from "./answers";
import { Warning } from "./icons";
import { Name } from "./name";
import { dateName, inUnit, precise, share } from "./numbers";

/** A share of the amount from which on a budget is near its limit, whatever its own thresholds are. */
const NEAR = 0.8;

type State = "calm" | "near" | "over";

export function stateOf({ amount, spent, forecast, thresholds }: Limit): State {
  if (spent >= amount) {
    return "over";
  }
  const isExpected = forecast !== null && forecast.amount > amount;
  return isExpected || spent >= NEAR * amount || thresholds.some(({ reached }) => reached) ? "near" : "calm";
}

export function LimitRow({ limit, zone, href }: { limit: Limit; zone: string; href?: string }) {
  const { name, unit, amount, spent, atLeast, forecast, runsOutAt, resetsAt } = limit;
  const state = stateOf(limit);
  const used = amount > 0 ? spent / amount : 1;
  const expected = amount > 0 && forecast ? forecast.amount / amount : 0;
  return (
    <div class={`limit ${state}`}>
      <span class="name">{href ? <a href={href}><Name text={name} /></a> : <Name text={name} />}</span>
      <span class="value">
        {atLeast && "at least "}<data value={precise(spent)} title={precise(spent)}>{inUnit(spent, unit)}</data> of {inUnit(amount, unit)}
        {" "}<b>{share(used)}</b>
      </span>
      <span class="gauge" aria-hidden="true">
        <i class="expected" style={{ width: `${Math.min(expected, 1) * 100}%` }} />
        <i style={{ width: `${Math.min(used, 1) * 100}%` }} />
      </span>
      <small class="quiet">{aboutOf(limit)}</small>
      <small class={state === "calm" ? "quiet outlook" : "flag outlook"}>
        {state !== "calm" && <Warning />}
        {outlook()}
      </small>
    </div>
  );

  function outlook(): string {
    const until = `until it begins anew on ${dateName(resetsAt, zone)}`;
    if (state === "over") {
      return `It is spent ${until}.`;
    }
    const ends = runsOutAt === null ? "" : `, and it is spent by ${dateName(runsOutAt, zone)}`;
    return forecast ? `${inUnit(forecast.amount, unit)} expected ${until}${ends}.` : `Nothing is known to expect ${until}.`;
  }
}

function aboutOf({ userDid, appDid, providerId, model }: Limit): string {
  const whose = userDid ? `User ${userDid}` : appDid ? `App ${appDid}` : "Everybody";
  return [whose, providerId, model].filter(Boolean).join(" · ");
}
