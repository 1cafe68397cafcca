// Calls as rows of a table; on a phone each is three lines.

import type { Call } from "./answers";
import { userName } from "./groups";
import { TYPES } from "./labels";
import { Warning } from "./icons";
import { credits, momentName, seconds, short } from "./numbers";
import type { Change, View } from "./view";

interface CallRows {
  calls: Call[];
  fresh: ReadonlySet<string>;
  view: View;
  isStale: boolean;
  onChange: Change;
}

export function CallRows({ calls, fresh, view, isStale, onChange }: CallRows) {
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
            <Row
              key={call.id} call={call} isFresh={fresh.has(call.id)} isEverybody={isEverybody} zone={view.zone}
              onOpen={() => onChange({ call: call.id })}
            />
          ))}
        </tbody>
      </table>
    </div>
  );
}

interface Row {
  call: Call;
  isFresh: boolean;
  isEverybody: boolean;
  zone: string;
  onOpen: () => void;
}

function Row({ call, isFresh, isEverybody, zone, onOpen }: Row) {
  const type = call.type === "chatCompletion" ? "" : ` · ${TYPES[call.type] ?? call.type}`;
  function open(event: MouseEvent) {
    event.stopPropagation();
    onOpen();
  }
  return (
    <tr class={isFresh ? "fresh" : ""} onClick={open}>
      <td class="when">
        <button type="button" class="link" aria-haspopup="dialog" onClick={open}>{momentName(call.callTime, zone)}</button>
      </td>
      <td class="state"><Status call={call} /></td>
      <td class="text model" title={call.model}>{call.model} <small class="quiet">{call.provider.displayName}{type}</small></td>
      {isEverybody && <td class="text user" title={call.userDid}>{userName(call.userInfo, call.userDid)}</td>}
      <td class="text app" title={call.appDid ?? ""}>{call.appInfo?.appName ?? <span class="quiet">–</span>}</td>
      <td class="number tokens">{short(tokensOf(call))}</td>
      <td class="number price"><Price call={call} /></td>
      <td class="number duration">{seconds(call.duration)}</td>
    </tr>
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
