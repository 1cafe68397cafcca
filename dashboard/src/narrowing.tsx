// Whose usage is shown, and to what it is narrowed.

import { useId } from "preact/hooks";
import { useAnswer } from "./answer";
import type { CallsPage, Me } from "./answers";
import { CALLS } from "./call_list";
import { Choice } from "./choice";
import { Copy } from "./copy";
import { Finder } from "./finder";
import { userName } from "./groups";
import { Close } from "./icons";
import { TYPES } from "./labels";
import { Name } from "./name";
import { mayReadAll } from "./roles";
import type { Usage } from "./usage";
import { addressOf, UNNARROWED, type Change, type Question, type View } from "./view";

interface Narrowing {
  view: View;
  me: Me;
  asked: Question;
  usage: Usage;
  onChange: Change;
}

export function Narrowing({ view, me, asked, usage, onChange }: Narrowing) {
  const isNamed = view.user || view.app || (view.provider && !view.model);
  const question = { ...asked.parameters, pageSize: 1 };
  const call = useAnswer<CallsPage>(isNamed ? CALLS : null, question, asked.about).answer?.list[0];
  const isOf = { user: call?.userDid === view.user, app: call?.appDid === view.app, provider: call?.providerId === view.provider };
  const chips: Chip[] = [
    { label: "User", id: view.user, name: (isOf.user && userName(call?.userInfo, view.user)) || view.user, without: { user: "" } },
    { label: "App", id: view.app, name: (isOf.app && call?.appInfo?.appName) || view.app, without: { app: "" } },
    { label: "Model", id: view.model, name: view.model, without: { model: "", provider: "" } },
    {
      label: "Provider", id: view.model ? "" : view.provider, name: (isOf.provider && call?.provider.displayName) || view.provider,
      without: { provider: "" },
    },
    { label: "Type", id: view.type, name: TYPES[view.type] ?? view.type, without: { type: "" } },
  ];
  const set = chips.filter(({ id }) => id);
  return (
    <div class="narrowing">
      <h1 class="hidden">Usage</h1>
      {!mayReadAll(me) ? (
        <span class="whose">Your usage</span>
      ) : (
        <>
          <Choice
            label="Whose usage" name="who" value={view.user ? undefined : view.who} options={{ mine: "Mine", all: "Everybody" }}
            onChange={(who) => onChange({ ...UNNARROWED, who })}
          />
          <Finder usage={usage} onPick={(changes) => onChange({ who: "all", ...changes })} />
        </>
      )}
      {set.map((chip) => <Chip key={chip.label} chip={chip} view={view} />)}
      {set.length > 1 && <a href={addressOf(view, UNNARROWED)}>Clear all</a>}
    </div>
  );
}

interface Chip {
  label: string;
  /** Empty if the view isn't narrowed so. */
  id: string;
  name: string;
  without: Partial<View>;
}

/** A tap on its name shows the whole name, which may be long. */
function Chip({ chip: { label, id, name, without }, view }: { chip: Chip; view: View }) {
  const whole = useId();
  return (
    <span class="chip">
      <button type="button" class="bare" popovertarget={whole} title={id}>
        <span class="quiet">{label}</span> <span class="value"><Name text={name} /></span>
      </button>
      <a href={addressOf(view, without)} aria-label={`Remove ${label.toLowerCase()} ${name}`}><Close /></a>
      <div id={whole} popover="auto" class="whole">
        <h2>{label}</h2>
        <p>{name}</p>
        {id !== name && <code>{id}</code>}
        <Copy text={id} />
      </div>
    </span>
  );
}
