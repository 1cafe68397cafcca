// The page of somebody who is signed in: its state, which is the address, and what is asked for it.

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { Me } from "./answers";
import { CallDetails } from "./call_details";
import { CallLog } from "./call_log";
import { FigureCards } from "./figure_cards";
import { Header } from "./header";
import { Narrowing } from "./narrowing";
import { Failure } from "./notices";
import { RangePicker } from "./range_picker";
import { Rankings } from "./rankings";
import { Unpriced } from "./unpriced";
import { useUsage } from "./usage";
import { UsageChart } from "./usage_chart";
import { addressOf, groupings, period, selection, USUAL, viewOf, type View } from "./view";

const HALF_MINUTE = 30_000;

export function Dashboard({ me, onLeave }: { me: Me; onLeave: () => void }) {
  const mayReadAll = me.role !== "user";
  const isAdministrator = me.role === "admin" || me.role === "owner";
  const [view, setView] = useState(() => permitted(viewOf(location.search), mayReadAll));
  const now = useNow();

  useEffect(() => {
    const back = () => setView(permitted(viewOf(location.search), mayReadAll));
    addEventListener("popstate", back);
    return () => removeEventListener("popstate", back);
  }, []);

  const change = useCallback((changes: Partial<View>) => {
    const before = permitted(viewOf(location.search), mayReadAll);
    const after = permitted({ ...before, ...changes }, mayReadAll);
    if (addressOf(after) !== addressOf(before)) {
      history.pushState(null, "", addressOf(after));
    }
    setView(after);
  }, []);

  const asked = useMemo(() => ({ ...selection(view), ...period(view, now) }), [view, now]);
  const usage = useUsage(view, asked);
  const { answer, refusal, again } = usage.model;

  const unpriced = answer?.total.unpricedCalls ?? 0;

  return (
    <>
      <a class="skip" href="#usage">Skip to the figures</a>
      <Header me={me} view={view} onChange={change} onLeave={onLeave} />
      <main id="usage" tabIndex={-1}>
        <div class="bar">
          <Narrowing view={view} me={me} asked={asked} onChange={change} />
          <RangePicker view={view} now={now} onChange={change} />
        </div>
        {refusal && !answer ? (
          <div class="panel"><Failure refusal={refusal} onAgain={again} /></div>
        ) : (
          <>
            <FigureCards asked={usage.model} view={view} />
            {unpriced > 0 && <Unpriced calls={unpriced} asked={asked} isAdministrator={isAdministrator} onChange={change} />}
            <UsageChart view={view} asked={usage[view.by]} mayReadAll={mayReadAll} onChange={change} />
            {answer?.total.totalCalls !== 0 && <Rankings view={view} usage={usage} onChange={change} />}
          </>
        )}
        <CallLog view={view} now={now} onChange={change} />
      </main>
      {view.call && <CallDetails id={view.call} view={view} mayReadAll={mayReadAll} onChange={change} />}
    </>
  );
}

/** A link to everybody's usage shows a user their own; a grouping that isn't counted becomes the usual one. */
function permitted(view: View, mayReadAll: boolean): View {
  const allowed: View = mayReadAll ? view : { ...view, who: "mine", user: "" };
  return groupings(allowed).includes(allowed.by) ? allowed : { ...allowed, by: USUAL.by };
}

function useNow(): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / 1000));
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / 1000)), HALF_MINUTE);
    return () => clearInterval(timer);
  }, []);
  return now;
}
