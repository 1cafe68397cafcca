// The calls behind the figures, with filters of their own, new ones as they come, and all of them as a file.

import { useState } from "preact/hooks";
import type { Parameters } from "./api";
import { CallFilters } from "./call_filters";
import { useCallList } from "./call_list";
import { CallRows } from "./call_rows";
import { ExportButton } from "./export_button";
import { Warning } from "./icons";
import { Empty, Failure, Skeleton } from "./notices";
import { count, timeName } from "./numbers";
import { rangeOf } from "./ranges";
import { selection, type Change, type View } from "./view";

const PAGE = 50;

interface CallLog {
  view: View;
  now: number;
  onChange: Change;
}

export function CallLog({ view, now, onChange }: CallLog) {
  const [isLive, setLive] = useState(false);
  const { start, end } = rangeOf(view, now);
  const filters: Parameters = {
    ...selection(view),
    startTime: start,
    endTime: isLive || end > now ? undefined : end,
    type: view.type || view.kind,
    status: view.status,
    search: view.search,
    minDurationSeconds: view.slow,
  };
  const { listed, asOf, refusal, isLoading, isLoadingMore, more, again } = useCallList({ ...filters, pageSize: PAGE }, isLive);

  return (
    <section class="panel calls" aria-labelledby="calls" aria-busy={isLoading}>
      <div class="head">
        <h2 id="calls">Calls</h2>
        {listed && <span class="quiet" role="status">{count(listed.count)}</span>}
        {asOf !== undefined && !isLive && <span class="quiet as-of">as of {timeName(asOf, view.zone)}</span>}
        <label class="switch">
          <input type="checkbox" role="switch" checked={isLive} onChange={() => setLive(!isLive)} /><span>Live</span>
        </label>
        <ExportButton filters={filters} rows={listed?.count ?? 0} zone={view.zone} />
      </div>
      <CallFilters view={view} onChange={onChange} />
      {refusal && !listed ? (
        <Failure refusal={refusal} onAgain={again} />
      ) : !listed ? (
        <Skeleton lines={10} />
      ) : listed.calls.length === 0 ? (
        <Empty title="No calls match">
          <p>{isLive ? "New ones are shown as they come." : "Choose a longer range, or remove a filter."}</p>
        </Empty>
      ) : (
        <>
          <CallRows calls={listed.calls} fresh={listed.fresh} view={view} onChange={onChange} />
          {refusal && <p class="flag" role="alert"><Warning />{refusal.message}</p>}
          {listed.nextToken && (
            <button type="button" class="more" disabled={isLoading || isLoadingMore} aria-busy={isLoadingMore} onClick={more}>
              {isLoadingMore ? "Loading…" : `Show ${PAGE} more`}
            </button>
          )}
        </>
      )}
    </section>
  );
}
