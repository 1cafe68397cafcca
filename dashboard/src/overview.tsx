// What was used: the figures, of what they are made, and the calls behind them. Its state is the address.

import { useCallback, useEffect, useMemo, useState } from "preact/hooks";
import type { Me } from "./answers";
import { CallDetails } from "./call_details";
import { CallLog } from "./call_log";
import { FigureCards } from "./figure_cards";
import { Outdated } from "./freshness_notice";
import { Header } from "./header";
import { isAdministrator, mayReadAll } from "./roles";
import { Narrowing } from "./narrowing";
import { go } from "./navigation";
import { NearLimits } from "./near_limits";
import { Failure } from "./notices";
import { RangePicker } from "./range_picker";
import { usePercentiles } from "./percentiles";
import { Rankings } from "./rankings";
import { Reasons } from "./reasons";
import { titleOf } from "./titles";
import { Unpriced } from "./unpriced";
import { useUsage } from "./usage";
import { UsageChart } from "./usage_chart";
import { addressOf, isOfOthers, questionOf, saidIn, viewOf, type Grouping, type View } from "./view";

const HALF_MINUTE = 30_000;

interface Overview {
  me: Me;
  /** That of the address. */
  query: string;
  onLeave: () => void;
}

export function Overview({ me, query, onLeave }: Overview) {
  const isReader = mayReadAll(me);
  const view = useMemo(() => viewOf(query, isReader), [query]);
  const now = useNow();
  const [opened, setOpened] = useState<Grouping>();

  const change = useCallback((changes: Partial<View>) => go(addressOf(viewOf(location.search, isReader), changes)), []);
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
  const percentiles = usePercentiles(view, me, asked);
  const unpriced = answer?.total.unpricedCalls ?? 0;

  return (
    <>
      <a class="skip" href="#usage">Skip to the figures</a>
      <Header me={me} place="/" zone={view.zone} onZone={(zone) => change({ zone })} onLeave={onLeave} />
      <main id="usage" tabIndex={-1}>
        <Outdated zone={view.zone} />
        {!isReader && isOfOthers(query) && (
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
            <FigureCards asked={usage.model} view={view} percentiles={percentiles} />
            {unpriced > 0 && (
              <Unpriced calls={unpriced} asked={asked} view={view} isAdministrator={isAdministrator(me)} />
            )}
            <NearLimits view={view} />
            {answer && answer.total.totalCalls > 0 && <Reasons view={view} me={me} asked={asked} />}
            <UsageChart view={view} asked={usage[view.by]} onChange={change} onOthers={setOpened} />
            {answer?.total.totalCalls !== 0 && <Rankings view={view} usage={usage} opened={opened} />}
          </>
        )}
        <CallLog view={view} now={now} onChange={change} />
      </main>
      {view.call && <CallDetails key={view.call} id={view.call} view={view} mayReadAll={isReader} onChange={change} />}
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
