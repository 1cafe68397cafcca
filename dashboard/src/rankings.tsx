// What was used most: models, apps and, for administrators, who used it. A click narrows to it.

import { useState } from "preact/hooks";
import type { Asked } from "./answer";
import type { Trends } from "./answers";
import { measured, named, others, type Named } from "./groups";
import { Warning } from "./icons";
import { Empty, Failure, Skeleton } from "./notices";
import { amount, count, FIELDS, share } from "./numbers";
import type { Usage } from "./usage";
import { METRICS } from "./labels";
import { groupings, isEverybody, type Grouping, type Change, type View } from "./view";

const SHOWN = 6;

interface Rankings {
  view: View;
  usage: Usage;
  onChange: Change;
}

export function Rankings({ view, usage, onChange }: Rankings) {
  const possible = groupings(view);
  return (
    <div class="rankings">
      <Ranking title="Top models" by="model" asked={usage.model} view={view} onChange={onChange} />
      {possible.includes("app") && <Ranking title="Top apps" by="app" asked={usage.app} view={view} onChange={onChange} />}
      {possible.includes("user") && <Ranking title="Top users" by="user" asked={usage.user} view={view} onChange={onChange} />}
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
  onChange: Change;
}

function Ranking({ title, by, asked, view, onChange }: Ranking) {
  const { answer, refusal, isLoading, again } = asked;
  const [isLong, setLong] = useState(false);
  const groups = answer?.groups.map((group) => named(group, by)) ?? [];
  const rest = answer?.rest?.totalCalls ? [others(answer.rest)] : [];
  const most = Math.max(...groups.map(({ group }) => measured(group, view.metric)));
  const total = answer?.total[FIELDS[view.metric]] ?? 0;
  return (
    <section class="panel" aria-label={title} aria-busy={isLoading}>
      <div class="head"><h2>{title}</h2><span class="quiet">by {METRICS[view.metric].toLowerCase()}</span></div>
      {refusal && !answer ? (
        <Failure refusal={refusal} onAgain={again} />
      ) : !answer ? (
        <Skeleton lines={SHOWN} />
      ) : groups.length === 0 ? (
        <Empty title="Nothing was used" />
      ) : (
        <>
          <ol class="ranking">
            {(isLong ? [...groups, ...rest] : groups.slice(0, SHOWN)).map((entry) => (
              <Entry key={entry.key} entry={entry} view={view} most={most} total={total} onChange={onChange} />
            ))}
          </ol>
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

interface Entry {
  entry: Named;
  view: View;
  most: number;
  total: number;
  onChange: Change;
}

function Entry({ entry, view, most, total, onChange }: Entry) {
  const { name, detail, group, pick } = entry;
  const value = measured(group, view.metric);
  const text = (
    <>
      <span class="name" title={detail ? `${name} (${detail})` : name}>
        {name} {detail && <small class="quiet">{detail}</small>}
      </span>
      {group.unpricedCalls > 0 && (
        <span class="flag" title={`${count(group.unpricedCalls)} calls without a price`}>
          <Warning /><span class="hidden">{count(group.unpricedCalls)} calls without a price</span>
        </span>
      )}
      <span class="value">{amount(value, view.metric)}</span>
      <span class="share quiet">{total > 0 ? share(value / total) : ""}</span>
      <span class="bar" aria-hidden="true"><i style={{ width: `${most > 0 ? Math.min(100, (value / most) * 100) : 0}%` }} /></span>
    </>
  );
  return (
    <li>
      {pick ? (
        <button type="button" class="entry" onClick={() => onChange(pick)}>{text}</button>
      ) : (
        <div class="entry">{text}</div>
      )}
    </li>
  );
}
