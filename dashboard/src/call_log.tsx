import { useMemo, useState } from "preact/hooks";
import type { Parameters } from "./api";
import type { Call } from "./answers";
import { CallFilters } from "./call_filters";
import { useCallList } from "./call_list";
import type { Change } from "./dashboard";
import { ExportButton } from "./export_button";
import { TYPES, userName } from "./groups";
import { Warning } from "./icons";
import { Empty, Failure, Skeleton } from "./notices";
import { count, credits, momentName, seconds, short } from "./numbers";
import { period, selection, type View } from "./view";

const PAGE = 50;

interface CallLog {
  view: View;
  now: number;
  onChange: Change;
}

export function CallLog({ view, now, onChange }: CallLog) {
  const [isLive, setLive] = useState(false);
  const { startTime, endTime } = period(view, now);
  const filters: Parameters = useMemo(
    () => ({
      ...selection(view),
      allUsers: view.who === "all",
      startTime,
      endTime: isLive ? undefined : endTime,
      status: view.status,
      search: view.search,
      minDurationSeconds: view.slow,
    }),
    [JSON.stringify([view, startTime, endTime, isLive])],
  );
  const list = useCallList(useMemo(() => ({ ...filters, pageSize: PAGE }), [filters]), isLive);
  const { listed, refusal, isLoading, fresh } = list;

  return (
    <section class="panel calls" aria-labelledby="calls" aria-busy={isLoading}>
      <div class="head">
        <h2 id="calls">Calls</h2>
        {listed && <span class="quiet" role="status">{listed.countIsExact ? "" : "at least "}{count(listed.count)}</span>}
        <label class="switch">
          <input type="checkbox" role="switch" checked={isLive} onChange={() => setLive(!isLive)} /><span>Live</span>
        </label>
        <ExportButton filters={filters} rows={listed?.count ?? 0} zone={view.zone} />
      </div>
      <CallFilters view={view} onChange={onChange} />
      {refusal && !listed ? (
        <Failure refusal={refusal} onAgain={list.again} />
      ) : !listed ? (
        <Skeleton lines={10} />
      ) : listed.calls.length === 0 ? (
        <Empty title="No calls match"><p>{isLive ? "New ones are shown as they come." : "Choose a longer range, or remove a filter."}</p></Empty>
      ) : (
        <>
          <Rows calls={listed.calls} fresh={fresh} view={view} isStale={isLoading} onChange={onChange} />
          {refusal && <p class="flag" role="alert"><Warning />{refusal.message}</p>}
          {listed.nextToken && (
            <button type="button" class="more" disabled={isLoading} onClick={list.more}>
              {isLoading ? "Loading…" : `Show ${PAGE} more`}
            </button>
          )}
        </>
      )}
    </section>
  );
}

interface Rows {
  calls: Call[];
  fresh: ReadonlySet<string>;
  view: View;
  isStale: boolean;
  onChange: Change;
}

function Rows({ calls, fresh, view, isStale, onChange }: Rows) {
  const isEverybody = view.who === "all";
  return (
    <div class={isStale ? "scroll stale" : "scroll"} tabIndex={0} role="region" aria-label="Calls, newest first">
      <table class="log">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Status</th>
            <th scope="col">Model</th>
            {isEverybody && <th scope="col">User</th>}
            <th scope="col">App</th>
            <th scope="col" class="number">Tokens</th>
            <th scope="col" class="number">Credits</th>
            <th scope="col" class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <tr key={call.id} class={fresh.has(call.id) ? "fresh" : ""} onClick={() => onChange({ call: call.id })}>
              <td>
                <button
                  type="button" class="link moment" aria-haspopup="dialog"
                  onClick={(event) => {
                    event.stopPropagation();
                    onChange({ call: call.id });
                  }}
                >
                  {momentName(call.callTime, view.zone)}
                </button>
              </td>
              <td><Status call={call} /></td>
              <td class="wide" title={call.model}>{call.model} <small class="quiet">{call.provider.displayName}{call.type === "chatCompletion" ? "" : ` · ${TYPES[call.type] ?? call.type}`}</small></td>
              {isEverybody && <td class="wide" title={call.userDid}>{userName(call.userInfo, call.userDid)}</td>}
              <td class="wide" title={call.appDid ?? ""}>{call.appInfo?.appName ?? <span class="quiet">–</span>}</td>
              <td class="number">{short(tokensOf(call))}</td>
              <td class="number"><Price call={call} /></td>
              <td class="number">{seconds(call.duration)}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

export function Status({ call }: { call: Call }) {
  return <span class={`status ${call.status}`} title={call.errorReason ?? ""}>{call.status}</span>;
}

export function Price({ call }: { call: Call }) {
  if (call.status === "processing") {
    return <>–</>;
  }
  if (call.costSource === "unpriced" && (call.status === "success" || call.totalUsage > 0)) {
    return <span class="flag" title="Nobody gave this call a price"><Warning />no price</span>;
  }
  return <>{credits(call.credits)}</>;
}

function tokensOf({ usageMetrics }: Call): number {
  const buckets = ["inputTokens", "outputTokens", "cacheReadInputTokens", "cacheCreationInputTokens"];
  return buckets.reduce((sum, bucket) => sum + (usageMetrics[bucket] ?? 0), 0);
}
