// The fields of a budget's form.

import type { ComponentChildren } from "preact";
import { useAnswer } from "../answer";
import type { Channels } from "../answers";
import { Field, Select } from "../form";
import { Close } from "../icons";
import { CHANNELS } from "./channels";
import { ANOMALIES, eachOf, PERIODS, UNITS, WHOSE, type Draft } from "./draft";

const BASES = { actual: "is spent", forecast: "is expected to be spent" } as const;
const MOST_THRESHOLDS = 10;
const MOST_EXCEPTIONS = 200;

interface BudgetFields {
  draft: Draft;
  onChange: (changes: Partial<Draft>) => void;
}

export function BudgetFields({ draft, onChange }: BudgetFields) {
  const each = eachOf(draft);
  return (
    <>
      <Field label="Name" value={draft.name} onInput={(name) => onChange({ name })} isRequired />
      <Select label="Whose" value={draft.whose} options={WHOSE} onPick={(whose) => onChange({ whose })} />
      {(draft.whose === "user" || draft.whose === "app") && (
        <Field label={`The ${draft.whose}'s did`} value={draft.did} onInput={(did) => onChange({ did })} isRequired />
      )}
      <Field label="Amount" value={draft.amount} holds="amount" onInput={(amount) => onChange({ amount })} isRequired hint="What may be spent in a period" />
      <Select label="Unit" value={draft.unit} options={UNITS} onPick={(unit) => onChange({ unit })} />
      <Select label="Period" value={draft.period} options={PERIODS} onPick={(period) => onChange({ period })} />
      {draft.period === "rolling" && (
        <Field label="Days" value={draft.days} holds="count" onInput={(days) => onChange({ days })} isRequired hint="So many, today included" />
      )}
      <Field label="Time zone" value={draft.zone} onInput={(zone) => onChange({ zone })} isRequired hint="Periods begin at its midnight" />
      <Field label="Provider" value={draft.provider} onInput={(provider) => onChange({ provider })} hint="Empty for all" />
      <Field label="Model" value={draft.model} onInput={(model) => onChange({ model })} hint="Empty for all" />
      <Rows
        title="Alert when" add="Add a threshold" rows={draft.thresholds} most={MOST_THRESHOLDS} fresh={{ percent: "100", of: "actual" }}
        onChange={(thresholds) => onChange({ thresholds })}
      >
        {(threshold, change) => (
          <>
            <input
              class="short" aria-label="Percent" inputMode="numeric" pattern="[1-9]\d{0,3}" required value={threshold.percent}
              onInput={({ currentTarget }) => change({ ...threshold, percent: currentTarget.value })}
            />
            <span>%</span>
            <select aria-label="Of what" value={threshold.of} onChange={({ currentTarget }) => change({ ...threshold, of: currentTarget.value as "actual" })}>
              {Object.entries(BASES).map(([of, text]) => <option key={of} value={of}>{text}</option>)}
            </select>
          </>
        )}
      </Rows>
      {each && (
        <Rows
          title="Who has another amount" add={`Add ${each === "user" ? "a user" : "an app"}`} rows={draft.exceptions} most={MOST_EXCEPTIONS}
          fresh={{ did: "", amount: "" }} onChange={(exceptions) => onChange({ exceptions })}
        >
          {(exception, change) => (
            <>
              <input
                aria-label={`The ${each}'s did`} placeholder={`The ${each}'s did`} required maxLength={256} spellcheck={false} value={exception.did}
                onInput={({ currentTarget }) => change({ ...exception, did: currentTarget.value })}
              />
              <input
                class="short" aria-label="Their amount" placeholder="Amount" required inputMode="decimal" pattern="\d+(\.\d{1,10})?"
                value={exception.amount} onInput={({ currentTarget }) => change({ ...exception, amount: currentTarget.value })}
              />
            </>
          )}
        </Rows>
      )}
      <Select label="Alert of" value={draft.anomalies} options={ANOMALIES} onPick={(anomalies) => onChange({ anomalies })} hint="Beside the thresholds" />
      <Field label="Remind after" value={draft.remindAfter} holds="count" onInput={(remindAfter) => onChange({ remindAfter })} hint="Hours; empty for never" />
      <label class="tick">
        <input type="checkbox" checked={draft.tellResolved} onChange={({ currentTarget }) => onChange({ tellResolved: currentTarget.checked })} />
        Tell too when a threshold is not reached any more
      </label>
      <Told chosen={draft.channels} onChange={(channels) => onChange({ channels })} />
    </>
  );
}

interface Rows<R> {
  title: string;
  add: string;
  rows: R[];
  most: number;
  fresh: NoInfer<R>;
  onChange: (rows: R[]) => void;
  children: (row: R, change: (row: R) => void) => ComponentChildren;
}

function Rows<R>({ title, add, rows, most, fresh, onChange, children }: Rows<R>) {
  return (
    <fieldset class="rows">
      <legend>{title}</legend>
      {rows.map((row, place) => (
        <div key={place}>
          {children(row, (changed) => onChange(rows.with(place, changed)))}
          <button type="button" class="bare" aria-label={`Remove ${place + 1}`} onClick={() => onChange(rows.toSpliced(place, 1))}><Close /></button>
        </div>
      ))}
      {rows.length < most && <button type="button" class="link" onClick={() => onChange([...rows, fresh])}>{add}</button>}
    </fieldset>
  );
}

const MOST_CHANNELS = 5;

function Told({ chosen, onChange }: { chosen: string[]; onChange: (channels: string[]) => void }) {
  const channels = useAnswer<Channels>(CHANNELS).answer?.channels ?? [];
  const toggle = (id: string) => onChange(chosen.includes(id) ? chosen.filter((one) => one !== id) : [...chosen, id]);
  return (
    <fieldset class="rows">
      <legend>Tell</legend>
      {channels.map(({ id, name }) => (
        <label key={id}>
          <input
            type="checkbox" checked={chosen.includes(id)} disabled={!chosen.includes(id) && chosen.length >= MOST_CHANNELS}
            onChange={() => toggle(id)}
          />
          {name}
        </label>
      ))}
      {!channels.length && <small class="quiet">There is no channel yet; <a href="/budgets?section=channels">make one</a>.</small>}
    </fieldset>
  );
}
