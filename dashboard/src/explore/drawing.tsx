// Rows as bars: over time, or the largest groups side by side.

import { useMemo } from "preact/hooks";
import { BarChart } from "../bar_chart";
import { Choice } from "../choice";
import { coloursOf } from "../colours";
import { Name } from "../name";
import type { Range } from "../ranges";
import { bucketName, bucketsOf, within } from "./buckets";
import { addsUp, MEASURES, nameOf, shownLike } from "./measures";
import { withFilter, type Ask, type Filter, type Question } from "./question";
import { valueOf, type Row } from "./table";

/** So many colours are told apart, bars without time are shown, and bars over time. */
const APART = 7;
const BARS = 30;
const MOST_BUCKETS = 800;

interface Drawing {
  question: Question;
  range: Range;
  rows: Row[];
  isPartial: boolean;
  onAsk: Ask;
}

interface Series {
  name: string;
  colour: string;
  values: number[];
}

export function Drawing({ question, range, rows, isPartial, onAsk }: Drawing) {
  const { drawn, measures, bucket, by, zone } = question;
  const buckets = useMemo(() => bucketsOf(range, bucket, zone), [range.start, range.end, bucket, zone]);
  const series = useMemo(() => (bucket === "none" ? overGroups(question, rows) : overTime(question, rows, buckets)), [question, rows, buckets]);
  const bars = rows.slice(0, BARS);
  const titles = bucket === "none" ? bars.map(titleOf) : buckets.map((start) => bucketName(start, bucket, zone));
  const shown = shownLike(drawn, series.flatMap(({ values }) => values), zone);
  const options = Object.fromEntries(measures.map((measure) => [measure, MEASURES[measure]]));

  function pick(place: number) {
    const [start, row] = [buckets[place], bars[place]];
    if (bucket !== "none" && start !== undefined) {
      onAsk(within(start, question, range));
    } else if (row && by.length) {
      const picked = row.group.map((value, at): Filter => ({ dimension: by[at] ?? "", op: "in", value: [value] }));
      const others = question.filters.filter(({ dimension, op }) => !(op === "in" && by.includes(dimension)));
      onAsk({ filters: picked.reduce(withFilter, others) });
    }
  }

  if (buckets.length > MOST_BUCKETS) {
    return <p class="about">There are too many bars to see. Choose longer ones, or a shorter range, for a chart.</p>;
  }
  return (
    <div class="plot">
      {measures.length > 1 && (
        <div class="drawn">
          <Choice label="In the chart" name="drawn" options={options} value={drawn} onChange={(picked) => onAsk({ drawn: picked })} />
        </div>
      )}
      <BarChart
        label={`${MEASURES[drawn]}${by.length ? ` by ${by.map(nameOf).join(", ")}` : ""}. The table has the same figures.`}
        labels={titles.map((title) => (title.length > 18 ? `${title.slice(0, 8)}…${title.slice(-8)}` : title))} titles={titles}
        series={series} shown={shown} isStacked={addsUp(drawn)} onPick={pick}
      />
      {bucket !== "none" && by.length > 0 && (
        <ul class="legend" aria-label="What the colours mean">
          {series.map(({ name, colour }) => (
            <li key={name}><span class="entry"><i class={`swatch ${colour.slice(2)}`} /><Name text={name} /></span></li>
          ))}
        </ul>
      )}
      {isPartial && <p class="quiet">The chart has the rows that are loaded. Load more for the others.</p>}
      {bucket === "none" && rows.length > BARS && <p class="quiet">The chart has the first {BARS} rows.</p>}
    </div>
  );
}

const titleOf = ({ group }: Row): string => group.map((value) => value ?? "none").join(" · ") || "All calls";

function overGroups({ drawn }: Question, rows: Row[]): Series[] {
  return [{ name: MEASURES[drawn] ?? drawn, colour: "--accent", values: rows.slice(0, BARS).map((row) => valueOf(row.values, drawn) ?? 0) }];
}

/** The largest groups, and what all others have together where that is known. */
function overTime({ drawn }: Question, rows: Row[], buckets: number[]): Series[] {
  const places = new Map(buckets.map((start, place) => [start, place]));
  const groups = new Map<string, number[]>();
  for (const row of rows) {
    const place = row.timestamp === undefined ? undefined : places.get(row.timestamp);
    if (place !== undefined && row.values) {
      const values = groups.get(titleOf(row)) ?? new Array<number>(buckets.length).fill(0);
      values[place] = valueOf(row.values, drawn) ?? 0;
      groups.set(titleOf(row), values);
    }
  }
  const sum = (values: number[]) => values.reduce((all, value) => all + value, 0);
  const largest = [...groups].toSorted(([, one], [, other]) => sum(other) - sum(one));
  const apart = largest.slice(0, APART);
  const colours = coloursOf(apart.map(([name]) => name));
  const series = apart.map(([name, values]) => ({ name, colour: `--${colours.get(name) ?? "others"}`, values }));
  const left = largest.slice(APART);
  if (!left.length || !addsUp(drawn)) {
    return series;
  }
  const values = buckets.map((_, place) => left.reduce((all, [, of]) => all + (of[place] ?? 0), 0));
  return [...series, { name: "Others", colour: "--others", values }];
}
