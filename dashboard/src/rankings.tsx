// What was used most: models, apps and, for administrators, who used it. A click narrows to it.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Asked } from "./answer";
import type { Trends } from "./answers";
import { measured, named, others, type Named } from "./groups";
import { Warning } from "./icons";
import { Name } from "./name";
import { Empty, Failure, Skeleton } from "./notices";
import { amountsLike, count, FIELDS, share, timeName } from "./numbers";
import type { Usage } from "./usage";
import { METRICS } from "./labels";
import { addressOf, groupings, isEverybody, type Grouping, type View } from "./view";

const SHOWN = 6;

interface Rankings {
  view: View;
  usage: Usage;
  /** The grouping of which somebody wants to see all. */
  opened: Grouping | undefined;
}

export function Rankings({ view, usage, opened }: Rankings) {
  const possible = groupings(view);
  const ranking = (title: string, by: Grouping) =>
    possible.includes(by) && <Ranking title={title} by={by} asked={usage[by]} view={view} isOpened={opened === by} />;
  return (
    <div class="rankings">
      {ranking("Top models", "model")}
      {ranking("Top apps", "app")}
      {ranking("Top users", "user")}
      {isEverybody(view) && !possible.includes("user") && (
        <section class="panel">
          <div class="head"><h2>Top apps and users</h2></div>
          <Empty title="Not counted within a model or type">
            <p>Pick one user or app to see what they used of it.</p>
          </Empty>
        </section>
      )}
    </div>
  );
}

interface Ranking {
  title: string;
  by: Grouping;
  asked: Asked<Trends>;
  view: View;
  isOpened: boolean;
}

function Ranking({ title, by, asked, view, isOpened }: Ranking) {
  const { answer, refusal, isLoading, again } = asked;
  const [isLong, setLong] = useState(false);
  const section = useRef<HTMLElement>(null);
  useEffect(() => {
    if (isOpened) {
      setLong(true);
      section.current?.focus();
    }
  }, [isOpened]);

  const groups = answer?.groups.map((group) => named(group, by)) ?? [];
  const all = answer?.rest?.totalCalls ? [...groups, others(answer.rest)] : groups;
  return (
    <section class="panel" aria-label={title} aria-busy={isLoading} ref={section} tabIndex={-1}>
      <div class="head">
        <h2>{title}</h2>
        <span class="quiet">
          by {METRICS[view.metric].toLowerCase()}
          {answer?.groupsAsOf && `, of calls until ${timeName(answer.groupsAsOf, view.zone)}`}
        </span>
      </div>
      {refusal && !answer ? (
        <Failure refusal={refusal} onAgain={again} />
      ) : !answer ? (
        <Skeleton lines={SHOWN} />
      ) : groups.length === 0 ? (
        <Empty title={answer.total.totalCalls ? "Not told apart yet" : "Nothing was used"}>
          {answer.total.totalCalls > 0 && <p>Who used what is in the archive, which has calls some minutes after they were made.</p>}
        </Empty>
      ) : (
        <>
          <Entries entries={isLong ? all : groups.slice(0, SHOWN)} view={view} total={answer.total[FIELDS[view.metric]]} />
          {isLong && all.length > groups.length && (
            <p class="quiet note">Others are all beyond the twenty largest. Narrow the page, or search the calls, to see them.</p>
          )}
          {groups.length > SHOWN && (
            <button type="button" class="link more" aria-expanded={isLong} onClick={() => setLong(!isLong)}>
              {isLong ? "Show fewer" : `Show ${groups.length - SHOWN} more`}
            </button>
          )}
        </>
      )}
    </section>
  );
}

function Entries({ entries, view, total }: { entries: Named[]; view: View; total: number }) {
  const values = entries.map(({ group }) => measured(group, view.metric));
  const shown = amountsLike(values, view.metric);
  const most = Math.max(...values);
  return (
    <ol class="ranking">
      {entries.map((entry, place) => {
        const value = values[place] ?? 0;
        const text = (
          <>
            <span class="name">
              <Name text={entry.name} /> {entry.detail && <small class="quiet">{entry.detail}</small>}
            </span>
            <Unpriced calls={entry.group.unpricedCalls} />
            <span class="value">{shown(value)}</span>
            <span class="share quiet">{total > 0 ? share(value / total) : ""}</span>
            <span class="bar" aria-hidden="true"><i style={{ width: `${most > 0 ? (value / most) * 100 : 0}%` }} /></span>
          </>
        );
        return (
          <li key={entry.key}>
            {entry.pick ? <a class="entry" href={addressOf(view, entry.pick)}>{text}</a> : <div class="entry">{text}</div>}
          </li>
        );
      })}
    </ol>
  );
}

function Unpriced({ calls }: { calls: number }) {
  const text = calls === 1 ? "1 call without a price" : `${count(calls)} calls without a price`;
  return calls > 0 && <span class="flag" title={text}><Warning /><span class="hidden">{text}</span></span>;
}
