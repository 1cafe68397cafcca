// Usage over time, stacked by what it is made of; as bars, or as a table for those who don't see or don't point.

import { useState } from "preact/hooks";
import type { Asked } from "./answer";
import type { Trends } from "./answers";
import { BarChart } from "./bar_chart";
import { barsOf, labelOf, narrowedTo, sumOf, titleOf, unitOf, type Bar } from "./bars";
import { Choice } from "./choice";
import { coloursOf } from "./colours";
import { OTHERS, toldApart, type Named } from "./groups";
import { Name } from "./name";
import { NoCalls } from "./no_calls";
import { Failure, Skeleton } from "./notices";
import { amount, dateName, FIELDS } from "./numbers";
import { UsageTable } from "./usage_table";
import { METRICS } from "./labels";
import { addressOf, GROUPINGS, groupings, type Change, type Grouping, type View } from "./view";

interface UsageChart {
  view: View;
  asked: Asked<Trends>;
  onChange: Change;
  /** Show all groups, as the chart has only the largest. */
  onOthers: (by: Grouping) => void;
}

export function UsageChart({ view, asked, onChange, onOthers }: UsageChart) {
  const [isTable, setTable] = useState(false);
  const { answer, refusal, isLoading, again } = asked;
  const options = Object.fromEntries(groupings(view).map((by) => [by, GROUPINGS[by]]));

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
        <NoCalls view={view} />
      ) : (
        <Shown view={view} answer={answer} isTable={isTable} isLoading={isLoading} onChange={onChange} onOthers={onOthers} />
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
  onOthers: (by: Grouping) => void;
}

function Shown({ view, answer, isTable, isLoading, onChange, onOthers }: Shown) {
  const { zone } = view;
  const groups = toldApart(answer.groups, answer.rest, view.by);
  const colours = coloursOf(groups.map(({ key }) => key).filter((key) => key !== OTHERS));
  const colour = ({ key }: Named) => colours.get(key) ?? "others";
  const unit = unitOf(answer);
  const bars = barsOf(answer, unit, zone);
  const field = FIELDS[view.metric];
  const title = (bar: Bar) => titleOf(bar, unit, zone);
  return (
    <div class={isLoading ? "plot stale" : "plot"}>
      {isTable ? (
        <UsageTable view={view} trends={answer} bars={bars} unit={unit} groups={groups} />
      ) : (
        <BarChart
          label={[
            `${METRICS[view.metric]} by ${unit} and ${view.by},`,
            `${dateName(answer.startTime, zone)} to ${dateName(answer.endTime, zone)}.`,
            "The table has the same figures.",
          ].join(" ")}
          labels={bars.map((bar) => labelOf(bar, unit, zone))}
          titles={bars.map(title)}
          series={groups.map((entry) => ({
            name: entry.detail && view.by === "model" ? `${entry.name} · ${entry.detail}` : entry.name,
            colour: `--${colour(entry)}`,
            values: bars.map((bar) => sumOf(entry.group.byBucket[field], bar)),
          }))}
          shown={(value) => amount(value, view.metric)}
          isStacked
          onPick={(place) => {
            const bar = bars[place];
            if (bar) {
              onChange(narrowedTo(bar, unit, view));
            }
          }}
        />
      )}
      <Legend groups={groups} colour={colour} view={view} onOthers={() => onOthers(view.by)} />
    </div>
  );
}

interface Legend {
  groups: Named[];
  colour: (entry: Named) => string;
  view: View;
  onOthers: () => void;
}

function Legend({ groups, colour, view, onOthers }: Legend) {
  return (
    <ul class="legend" aria-label="What the colours mean">
      {groups.map((entry) => {
        const text = <><i class={`swatch ${colour(entry)}`} /><Name text={entry.name} /></>;
        return (
          <li key={entry.key}>
            {entry.pick ? (
              <a class="entry" href={addressOf(view, entry.pick)}>{text}</a>
            ) : entry.key === OTHERS ? (
              <button type="button" class="bare entry" onClick={onOthers}>{text}</button>
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
