// Calls as rows of a table; on a phone each is three lines.

import type { Call } from "./answers";
import { userName } from "./groups";
import { TYPES } from "./labels";
import { Warning } from "./icons";
import { Name } from "./name";
import { creditsLike, momentName, seconds, short } from "./numbers";
import { addressOf, type Change, type View } from "./view";

interface CallRows {
  calls: Call[];
  fresh: ReadonlySet<string>;
  view: View;
  onChange: Change;
}

export function CallRows({ calls, fresh, view, onChange }: CallRows) {
  const credits = creditsLike(calls.map((call) => call.credits));
  return (
    <div class="scroll" tabIndex={0} role="region" aria-label="Calls, newest first">
      <table class="log">
        <thead>
          <tr>
            <th scope="col">Time</th>
            <th scope="col">Status</th>
            <th scope="col">Model</th>
            {view.who === "all" && <th scope="col">User</th>}
            <th scope="col">App</th>
            <th scope="col" class="number">Usage</th>
            <th scope="col" class="number">Credits</th>
            <th scope="col" class="number">Duration</th>
          </tr>
        </thead>
        <tbody>
          {calls.map((call) => (
            <Row
              key={call.id} call={call} isFresh={fresh.has(call.id)} view={view} credits={credits}
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
  view: View;
  credits: (credits: number) => string;
  onOpen: () => void;
}

function Row({ call, isFresh, view, credits, onOpen }: Row) {
  const type = call.type === "chatCompletion" ? "" : ` · ${TYPES[call.type] ?? call.type}`;
  const user = userName(call.userInfo, call.userDid);

  /** Unless it is the link, which goes there by itself, or text is being selected. */
  function open({ target }: MouseEvent) {
    if (target instanceof Element && !target.closest("a") && getSelection()?.isCollapsed) {
      onOpen();
    }
  }

  return (
    <tr class={isFresh ? "fresh" : ""} onClick={open}>
      <td class="when">
        <a href={addressOf(view, { call: call.id })} aria-haspopup="dialog">{momentName(call.callTime, view.zone)}</a>
      </td>
      <td class="state"><Status call={call} /></td>
      <td class="text model" title={call.model}><Name text={call.model} /> <small class="quiet">{call.provider.displayName}{type}</small></td>
      {view.who === "all" && <td class="text user" title={call.userDid}><Name text={user} /></td>}
      <td class="text app" title={call.appDid ?? ""}>
        {call.appInfo ? <Name text={call.appInfo.appName} /> : <span class="quiet">–</span>}
      </td>
      <td class="number used"><Used call={call} /></td>
      <td class="number price"><Price call={call} credits={credits} /></td>
      <td class="number duration">{seconds(call.duration)}</td>
    </tr>
  );
}

export function Status({ call }: { call: Call }) {
  return <span class={`status ${call.status}`} title={call.errorReason ?? ""}>{call.status}</span>;
}

interface Price {
  call: Call;
  credits: (credits: number) => string;
}

export function Price({ call, credits }: Price) {
  if (call.status === "processing") {
    return <>–</>;
  }
  if (call.costSource === "unpriced" && (call.status === "success" || call.totalUsage > 0)) {
    return <span class="flag" title="Nobody gave this call a price"><Warning />no price</span>;
  }
  return <>{credits(call.credits)}</>;
}

const UNITS: Partial<Record<Call["type"], [string, string]>> = {
  imageGeneration: ["image", "images"], audioGeneration: ["s", "s"], video: ["s", "s"],
};

/** In tokens, or in what else the call was counted in. */
function Used({ call: { usageMetrics: tokens, totalUsage, type } }: { call: Call }) {
  const sum = tokens.inputTokens + tokens.outputTokens + tokens.cacheReadInputTokens + tokens.cacheCreationInputTokens;
  const used = sum || totalUsage;
  const [one, many] = sum ? ["token", "tokens"] : (UNITS[type] ?? ["unit", "units"]);
  return used ? <>{short(used)} <small class={sum ? "quiet tokens" : "quiet"}>{used === 1 ? one : many}</small></> : <>–</>;
}
