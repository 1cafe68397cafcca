// The figures of the chart, exactly.

import type { Bucket } from "./answers";
import type { Named } from "./groups";
import { amount, FIELDS, precise } from "./numbers";
import type { View } from "./view";

interface UsageTable {
  view: View;
  buckets: Bucket[];
  groups: Named[];
  title: (bucket: Bucket) => string;
  onPick: (bucket: Bucket) => void;
}

export function UsageTable({ view, buckets, groups, title, onPick }: UsageTable) {
  const field = FIELDS[view.metric];
  const rows = buckets.map((bucket, place) => ({ bucket, place })).reverse();
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Usage over time as a table">
      <table class="figures">
        <thead>
          <tr>
            <th scope="col">When</th>
            <th scope="col">All</th>
            {groups.map(({ key, name }) => <th scope="col" key={key} title={name}>{name}</th>)}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ bucket, place }) => (
            <tr key={bucket.timestamp}>
              <th scope="row"><button type="button" class="link" onClick={() => onPick(bucket)}>{title(bucket)}</button></th>
              {[bucket[field], ...groups.map(({ group }) => group.byBucket[field][place] ?? 0)].map((value, column) => (
                <td key={column}><data value={precise(value)} title={precise(value)}>{amount(value, view.metric)}</data></td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
