// A list: loading, failed, empty, or rows of a table, which on a phone are cards.

import type { ComponentChildren } from "preact";
import type { Asked } from "./answer";
import { Failure, Skeleton } from "./notices";

interface List<T, R> {
  label: string;
  asked: Asked<T>;
  rows: (answer: T) => R[];
  /** The title of each column, and what is in it. */
  columns: Record<string, (row: R) => ComponentChildren>;
  /** The columns of numbers. */
  numbers?: string[];
  identify: (row: R) => string;
  /** What to do where there is none. */
  empty: ComponentChildren;
}

export function List<T, R>({ label, asked, rows, columns, numbers = [], identify, empty }: List<T, R>) {
  const { answer, refusal, isLoading, again } = asked;
  if (!answer) {
    return refusal ? <Failure refusal={refusal} onAgain={again} /> : <Skeleton lines={5} />;
  }
  const shown = rows(answer);
  if (!shown.length) {
    return <div class="notice">{empty}</div>;
  }
  const className = (title: string) => (numbers.includes(title) ? "number" : "");
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label={label} aria-busy={isLoading}>
      <table class="records">
        <thead>
          <tr>{Object.keys(columns).map((title) => <th key={title} scope="col" class={className(title)}>{title}</th>)}</tr>
        </thead>
        <tbody>
          {shown.map((row) => (
            <tr key={identify(row)}>
              {Object.entries(columns).map(([title, cell]) => (
                <td key={title} data-title={title} class={className(title)}><div>{cell(row)}</div></td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
