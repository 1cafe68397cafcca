// Whose usage is shown, and to what it is narrowed.

import { useState } from "preact/hooks";
import type { Me, Trends } from "./answers";
import { Choice } from "./choice";
import type { Change } from "./dashboard";
import { Close } from "./icons";
import type { View } from "./view";

const UNNARROWED = { user: "", app: "", model: "", provider: "", type: "" };

interface Narrowing {
  view: View;
  me: Me;
  known: Trends | undefined;
  onChange: Change;
}

export function Narrowing({ view, me, known, onChange }: Narrowing) {
  const provider = known?.groups.find((group) => group.providerId === view.provider)?.provider;
  const chips: [keyof typeof UNNARROWED, string, string, Partial<View>][] = [
    ["user", "User", view.user, { user: "" }],
    ["app", "App", view.app, { app: "" }],
    ["model", "Model", view.model, { model: "", provider: "" }],
    ["provider", "Provider", view.model ? "" : (provider?.displayName ?? view.provider), { provider: "" }],
    ["type", "Type", view.type, { type: "" }],
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
        <button type="button" class="chip" key={name} onClick={() => onChange(without)} title={value}>
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
