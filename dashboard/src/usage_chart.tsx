// Usage over time, stacked by what it is made of; as bars, or as a table for those who don't see or don't point.

import { useState } from "preact/hooks";
import type { Asked } from "./answer";
import type { Bucket, Trends } from "./answers";
import { BarChart } from "./bar_chart";
import { Choice } from "./choice";
import { OTHERS, toldApart, type Named } from "./groups";
import { NoCalls } from "./no_calls";
import { Failure, Skeleton } from "./notices";
import { dateName, dayName, FIELDS, hourName } from "./numbers";
import { UsageTable } from "./usage_table";
import { METRICS } from "./labels";
import { GROUPINGS, groupings, type Change, type View } from "./view";
import { dayText, minuteText } from "./zoned_time";

interface UsageChart {
  view: View;
  asked: Asked<Trends>;
  mayReadAll: boolean;
  onChange: Change;
}

export function UsageChart({ view, asked, mayReadAll, onChange }: UsageChart) {
  const [isTable, setTable] = useState(false);
  const { answer, refusal, isLoading, again } = asked;
  const possible = groupings(view);
  const options = Object.fromEntries(possible.map((by) => [by, GROUPINGS[by]]));

  return (
    <section class="panel" aria-labelledby="over-time" aria-busy={isLoading}>
      <div class="head">
        <h2 id="over-time">Usage over time</h2>
        <Choice label="What to show" name="metric" options={METRICS} value={view.metric} onChange={(metric) => onChange({ metric })} />
        <Choice label="Stacked by" name="by" options={options} value={view.by} onChange={(by) => onChange({ by })} />
        <button type="button" aria-pressed={isTable} onClick={() => setTable(!isTable)}>Table</button>
      </div>
      {refusal && !answer ? (
        <Failure refusal={refusal} onAgain={again} />
      ) : !answer ? (
        <div class="plot"><Skeleton lines={6} /></div>
      ) : !answer.total.totalCalls ? (
        <NoCalls view={view} mayReadAll={mayReadAll} onChange={onChange} />
      ) : (
        <Shown view={view} answer={answer} isTable={isTable} isLoading={isLoading} onChange={onChange} />
      )}
    </section>
  );
}

interface Shown {
  view: View;
  answer: Trends;
  isTable: boolean;
  isLoading: boolean;
  onChange: Change;
}

function Shown({ view, answer, isTable, isLoading, onChange }: Shown) {
  const groups = toldApart(answer.groups, answer.rest, view.by);
  const isHourly = answer.granularity === "hour";
  const title = ({ timestamp }: Bucket) =>
    isHourly ? `${dayName(timestamp, view.zone)}, ${hourName(timestamp, view.zone)}` : dayName(timestamp, view.zone);
  const pick = (bucket: Bucket) => onChange(narrowedTo(bucket, isHourly, view));
  return (
    <div class={isLoading ? "plot stale" : "plot"}>
      {isTable ? (
        <UsageTable view={view} buckets={answer.trends} groups={groups} title={title} onPick={pick} />
      ) : (
        <BarChart
          label={[
            `${METRICS[view.metric]} by ${isHourly ? "hour" : "day"} and ${view.by},`,
            `${dateName(answer.startTime, view.zone)} to ${dateName(answer.endTime, view.zone)}.`,
            "The table has the same figures.",
          ].join(" ")}
          labels={answer.trends.map(({ timestamp }) => (isHourly ? hourName : dayName)(timestamp, view.zone))}
          titles={answer.trends.map(title)}
          series={groups.map(({ key, name, detail, group }, place) => ({
            name: detail && view.by === "model" ? `${name} · ${detail}` : name,
            colour: key === OTHERS ? "--others" : `--c${place}`,
            values: group.byBucket[FIELDS[view.metric]],
          }))}
          metric={view.metric}
          onPick={(place) => {
            const bucket = answer.trends[place];
            if (bucket) {
              pick(bucket);
            }
          }}
        />
      )}
      <Legend groups={groups} view={view} onChange={onChange} />
    </div>
  );
}

function Legend({ groups, view, onChange }: { groups: Named[]; view: View; onChange: Change }) {
  return (
    <ul class="legend" aria-label="What the colours mean">
      {groups.map(({ key, name, pick }, place) => {
        const text = <><i class={key === OTHERS ? "swatch others" : `swatch c${place}`} /><span>{name}</span></>;
        return (
          <li key={key}>
            {pick ? (
              <button type="button" class="bare" title={`Narrow to ${name}`} onClick={() => onChange(pick)}>{text}</button>
            ) : (
              <span class="entry">{text}</span>
            )}
          </li>
        );
      })}
      {view.metric === "credits" && groups.some(({ group }) => group.unpricedCalls > 0) && (
        <li class="quiet">Calls without a price are not in the credits.</li>
      )}
    </ul>
  );
}

function narrowedTo({ timestamp }: Bucket, isHourly: boolean, { zone }: View): Partial<View> {
  if (isHourly) {
    return { range: "custom", from: minuteText(timestamp, zone), to: minuteText(timestamp + 3599, zone) };
  }
  const day = dayText(timestamp, zone);
  return { range: "custom", from: day, to: day };
}
