// Rows as a table of any length: only those in sight are elements.

import { useMemo, useRef, useState } from "preact/hooks";
import { Name } from "../name";
import { growth, precise, share } from "../numbers";
import { bucketName } from "./buckets";
import { MEASURES, nameOf, shownLike } from "./measures";
import { addressOf, withFilter, type Ask, type Question } from "./question";
import { valueOf, type Row } from "./table";

/** Pixels. */
const HEIGHT = 34;
const SEEN = 560;
/** Rows above and below what is seen, so that none is missing while somebody scrolls. */
const AROUND = 12;

interface RowsTable {
  question: Question;
  rows: Row[];
  onAsk: Ask;
}

export function RowsTable({ question, rows, onAsk }: RowsTable) {
  const { measures, by, bucket, against, zone } = question;
  const [top, setTop] = useState(0);
  const scrolled = useRef<HTMLDivElement>(null);
  const shown = useMemo(
    () => measures.map((measure) => shownLike(measure, rows.map((row) => valueOf(row.values, measure)), zone)),
    [rows, question],
  );
  const first = Math.max(0, Math.floor(top / HEIGHT) - AROUND);
  const last = Math.min(rows.length, Math.ceil((top + SEEN) / HEIGHT) + AROUND);
  const columns = (bucket === "none" ? 0 : 1) + by.length + measures.length * (against ? 3 : 1);
  const sortBy = (name: string, isText: boolean) => {
    const [up, down] = [name, `-${name}`];
    const next = isText ? (question.sort === up ? down : up) : question.sort === down ? up : down;
    onAsk({ sort: next });
    scrolled.current?.scrollTo(0, 0);
  };
  const heading = (name: string, title: string, isText: boolean) => (
    <Heading key={name} title={title} isText={isText} order={orderOf(question.sort, name)} onSort={() => sortBy(name, isText)} />
  );
  return (
    <div
      class="scroll rows-table" tabIndex={0} role="region" aria-label="Rows" ref={scrolled}
      onScroll={({ currentTarget }) => setTop(currentTarget.scrollTop)}
    >
      <table aria-rowcount={rows.length + 1} style={{ minWidth: `${columns * 120 + by.length * 80}px` }}>
        <thead>
          <tr aria-rowindex={1}>
            {bucket !== "none" && heading("timestamp", "When", true)}
            {by.map((dimension) => heading(dimension, nameOf(dimension), true))}
            {measures.map((measure) => [
              heading(measure, MEASURES[measure] ?? measure, false),
              ...(against ? [<th scope="col" class="number" key={`${measure} before`}>Beside</th>, <th scope="col" class="number" key={`${measure} change`}>Change</th>] : []),
            ])}
          </tr>
        </thead>
        <tbody>
          {first > 0 && <tr class="space" aria-hidden="true"><td colSpan={columns} style={{ height: `${first * HEIGHT}px` }} /></tr>}
          {rows.slice(first, last).map((row, at) => (
            <tr key={first + at} aria-rowindex={first + at + 2}>
              {bucket !== "none" && <td>{row.timestamp === undefined ? "" : bucketName(row.timestamp, bucket, zone)}</td>}
              {row.group.map((value, place) => <td key={place}><Group value={value} dimension={by[place] ?? ""} question={question} /></td>)}
              {measures.map((measure, place) => <Cells key={measure} row={row} measure={measure} isCompared={Boolean(against)} shown={shown[place] ?? String} />)}
            </tr>
          ))}
          {last < rows.length && <tr class="space" aria-hidden="true"><td colSpan={columns} style={{ height: `${(rows.length - last) * HEIGHT}px` }} /></tr>}
        </tbody>
      </table>
    </div>
  );
}

type Order = "ascending" | "descending" | undefined;

const orderOf = (sort: string, name: string): Order => (sort === name ? "ascending" : sort === `-${name}` ? "descending" : undefined);

function Heading({ title, isText, order, onSort }: { title: string; isText: boolean; order: Order; onSort: () => void }) {
  return (
    <th scope="col" class={isText ? "" : "number"} aria-sort={order ?? "none"}>
      <button type="button" class="link" title={`Sort by ${title}`} onClick={onSort}>
        {title}{order && <span aria-hidden="true"> {order === "ascending" ? "↑" : "↓"}</span>}
      </button>
    </th>
  );
}

/** A link to the same question of this group only. */
function Group({ value, dimension, question }: { value: string | null; dimension: string; question: Question }) {
  const filters = withFilter(question.filters.filter((one) => !(one.dimension === dimension && one.op === "in")), { dimension, op: "in", value: [value] });
  return <a href={addressOf(question, { filters })}>{value === null ? <span class="quiet">none</span> : <Name text={value} />}</a>;
}

function Cells({ row, measure, isCompared, shown }: { row: Row; measure: string; isCompared: boolean; shown: (value: number) => string }) {
  const [now, before] = [valueOf(row.values, measure), valueOf(row.before, measure)];
  const change = now !== null && before !== null ? growth(now, before) : undefined;
  const cell = (value: number | null) => (
    <td class="number">{value === null ? "–" : <data value={precise(value)} title={precise(value)}>{shown(value)}</data>}</td>
  );
  return (
    <>
      {cell(now)}
      {isCompared && cell(before)}
      {isCompared && <td class="number quiet">{change === undefined ? "–" : `${change > 0 ? "+" : ""}${share(change)}`}</td>}
    </>
  );
}
