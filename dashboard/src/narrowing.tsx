// Whose usage is shown, and to what it is narrowed.

import { useState } from "preact/hooks";
import { useAnswer } from "./answer";
import type { CallsPage, Me } from "./answers";
import type { Parameters } from "./api";
import { CALLS } from "./call_list";
import { Choice } from "./choice";
import { userName } from "./groups";
import { TYPES } from "./labels";
import { Close } from "./icons";
import { UNNARROWED, type Change, type View } from "./view";

interface Narrowing {
  view: View;
  me: Me;
  asked: Parameters;
  onChange: Change;
}

export function Narrowing({ view, me, asked, onChange }: Narrowing) {
  const isNamed = view.user || view.app || (view.provider && !view.model);
  const call = useAnswer<CallsPage>(isNamed ? CALLS : null, { ...asked, pageSize: 1 }).answer?.list[0];
  const isOf = { user: call?.userDid === view.user, app: call?.appDid === view.app, provider: call?.providerId === view.provider };
  const chips: [keyof typeof UNNARROWED, string, string, Partial<View>][] = [
    ["user", "User", (isOf.user && userName(call?.userInfo, view.user)) || view.user, { user: "" }],
    ["app", "App", (isOf.app && call?.appInfo?.appName) || view.app, { app: "" }],
    ["model", "Model", view.model, { model: "", provider: "" }],
    ["provider", "Provider", view.model ? "" : (isOf.provider && call?.provider.displayName) || view.provider, { provider: "" }],
    ["type", "Type", TYPES[view.type] ?? view.type, { type: "" }],
  ];
  const set = chips.filter(([, , value]) => value);
  return (
    <div class="narrowing">
      <h1 class="hidden">Usage</h1>
      {me.role === "user" ? (
        <span class="whose">Your usage</span>
      ) : (
        <>
          <Choice
            label="Whose usage" name="who" value={view.user ? undefined : view.who} options={{ mine: "Mine", all: "Everybody" }}
            onChange={(who) => onChange({ ...UNNARROWED, who })}
          />
          <OnePicker onPick={(changes) => onChange({ who: "all", ...changes })} />
        </>
      )}
      {set.map(([name, label, value, without]) => (
        <button type="button" class="chip" key={name} onClick={() => onChange(without)} title={view[name]}>
          <span class="quiet">{label}</span> <span class="value">{value}</span>
          <Close /><span class="hidden">, remove</span>
        </button>
      ))}
      {set.length > 1 && <button type="button" class="link" onClick={() => onChange(UNNARROWED)}>Clear all</button>}
    </div>
  );
}

/** One user or app by its did, for an administrator who has it at hand; those in sight are clicked. */
function OnePicker({ onPick }: { onPick: Change }) {
  const [isOpen, setOpen] = useState(false);
  const [kind, setKind] = useState<"user" | "app">("user");
  const [did, setDid] = useState("");

  function pick(event: SubmitEvent) {
    event.preventDefault();
    if (did.trim()) {
      onPick({ [kind]: did.trim() });
      setDid("");
      setOpen(false);
    }
  }

  if (!isOpen) {
    return <button type="button" class="link" onClick={() => setOpen(true)}>One user or app…</button>;
  }
  return (
    <form class="one" onSubmit={pick} onKeyDown={(event) => event.key === "Escape" && setOpen(false)}>
      <select aria-label="User or app" value={kind} onChange={(event) => setKind(event.currentTarget.value as "user" | "app")}>
        <option value="user">User</option>
        <option value="app">App</option>
      </select>
      <input
        aria-label={`The did of the ${kind}`} placeholder="did:…" value={did} autofocus spellcheck={false} autocomplete="off"
        onInput={(event) => setDid(event.currentTarget.value)}
      />
      <button type="submit">Show</button>
    </form>
  );
}
