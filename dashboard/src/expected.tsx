// What the present month will have cost, beside the credits: by the counters, once somebody stays.

import { useAnswer } from "./answer";
import type { MonthForecast } from "./answers";
import { credits, dateName } from "./numbers";
import { useStays } from "./stays";
import type { View } from "./view";

export function Expected({ view: { who, user, app, provider, model, type, zone } }: { view: View }) {
  const isKnown = !type && !(app && (user || who !== "all"));  // of one user in one app there are no counters by key
  const question = { allUsers: who === "all", userDid: user, appDid: app, providerId: provider, model, timezone: zone };
  const about = JSON.stringify(question);
  const stays = useStays(about);
  const { answer } = useAnswer<MonthForecast>(isKnown && stays ? "/api/usage/forecast" : null, question, about, false);
  if (!answer?.forecast) {
    return null;
  }
  const { forecast: { amount, low, high, weeks }, spent, monthEnd } = answer;
  const how = [
    `${credits(spent)} spent this month; ${credits(low)} to ${credits(high)} by ${dateName(monthEnd - 1, zone)}`,
    `if its rest is like the same weekdays and hours of the last ${weeks === 1 ? "week" : `${weeks} weeks`}`,
  ].join(", ");
  return <span title={how}><b>{credits(amount)}</b> expected this month</span>;
}
