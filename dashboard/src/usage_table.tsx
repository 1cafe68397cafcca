// The figures of the chart, exactly.

import type { Trends } from "./answers";
import { narrowedTo, sumOf, titleOf, type Bar, type Unit } from "./bars";
import type { Named } from "./groups";
import { Name } from "./name";
import { amountsLike, FIELDS, precise } from "./numbers";
import { addressOf, type View } from "./view";

interface UsageTable {
  view: View;
  trends: Trends;
  bars: Bar[];
  unit: Unit;
  groups: Named[];
}

export function UsageTable({ view, trends, bars, unit, groups }: UsageTable) {
  const field = FIELDS[view.metric];
  const all = trends.trends.map((bucket) => bucket[field]);
  const columns = [all, ...groups.map(({ group }) => group.byBucket[field])].map((values) => {
    const sums = bars.map((bar) => sumOf(values, bar));
    return { sums, shown: amountsLike(sums, view.metric) };
  });
  const rows = bars.map((bar, place) => ({ bar, place })).reverse();
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Usage over time as a table">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">All</th>
            {groups.map(({ key, name }) => <th scope="col" key={key}><Name text={name} /></th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ bar, place }) => (
            <tr key={bar.start}>
              <th scope="row"><a href={addressOf(view, narrowedTo(bar, unit, view))}>{titleOf(bar, unit, view.zone)}</a></th>
              {columns.map(({ sums, shown }, column) => {
                const value = sums[place] ?? 0;
                return <td key={column}><data value={precise(value)} title={precise(value)}>{shown(value)}</data></td>;
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
