// The page of somebody who is signed in: its state, which is the address, and what is asked for it.

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { Me } from "./answers";
import { CallDetails } from "./call_details";
import { CallLog } from "./call_log";
import { FigureCards } from "./figure_cards";
import { Outdated } from "./freshness_notice";
import { Header } from "./header";
import { Narrowing } from "./narrowing";
import { go, useQuery } from "./navigation";
import { Failure } from "./notices";
import { RangePicker } from "./range_picker";
import { Rankings } from "./rankings";
import { titleOf } from "./titles";
import { Unpriced } from "./unpriced";
import { useUsage } from "./usage";
import { UsageChart } from "./usage_chart";
import { addressOf, isOfOthers, questionOf, saidIn, viewOf, type Grouping, type View } from "./view";

const HALF_MINUTE = 30_000;

export function Dashboard({ me, onLeave }: { me: Me; onLeave: () => void }) {
  const mayReadAll = me.role !== "user";
  const query = useQuery();
  const view = useMemo(() => viewOf(query, mayReadAll), [query]);
  const now = useNow();
  const [opened, setOpened] = useState<Grouping>();

  const change = useCallback((changes: Partial<View>) => go(addressOf(viewOf(location.search, mayReadAll), changes)), []);
  useEffect(() => {
    if (query === location.search) { // nobody has gone on meanwhile
      go(saidIn(query, view), "replace");
    }
  }, [query]);
  useEffect(() => {
    document.title = titleOf(view, now);
  }, [view, now]);
  useEffect(() => setOpened(undefined), [query]);

  const asked = useMemo(() => questionOf(view, now), [view, now]);
  const usage = useUsage(view, asked);
  const { answer, refusal, again } = usage.model;
  const unpriced = answer?.total.unpricedCalls ?? 0;

  return (
    <>
      <a class="skip" href="#usage">Skip to the figures</a>
      <Header me={me} view={view} onChange={change} onLeave={onLeave} />
      <main id="usage" tabIndex={-1}>
        <Outdated zone={view.zone} />
        {!mayReadAll && isOfOthers(query) && (
          <p class="outdated" role="status">
            This link is to others' usage, which an administrator may see. What is shown is your own.
          </p>
        )}
        <div class="bar">
          <Narrowing view={view} me={me} asked={asked} usage={usage} onChange={change} />
          <RangePicker view={view} now={now} onChange={change} />
        </div>
        {refusal && !answer ? (
          <div class="panel"><Failure refusal={refusal} onAgain={again} /></div>
        ) : (
          <>
            <FigureCards asked={usage.model} view={view} />
            {unpriced > 0 && (
              <Unpriced calls={unpriced} asked={asked} view={view} isAdministrator={me.role === "admin" || me.role === "owner"} />
            )}
            <UsageChart view={view} asked={usage[view.by]} onChange={change} onOthers={setOpened} />
            {answer?.total.totalCalls !== 0 && <Rankings view={view} usage={usage} opened={opened} />}
          </>
        )}
        <CallLog view={view} now={now} onChange={change} />
      </main>
      {view.call && <CallDetails key={view.call} id={view.call} view={view} mayReadAll={mayReadAll} onChange={change} />}
    </>
  );
}

function useNow(): number {
  const [now, setNow] = useState(() => Math.floor(Date.now() / 1000));
  useEffect(() => {
    const timer = setInterval(() => setNow(Math.floor(Date.now() / 1000)), HALF_MINUTE);
    return () => clearInterval(timer);
  }, []);
  return now;
}
