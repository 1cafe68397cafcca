// Forms: fields with their labels, and one button that says what it does.

import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";
import { Warning } from "./icons";
import type { Action } from "./action";

interface Form {
  label: string;
  button: string;
  action: Action;
  isReady?: boolean;
  /** Who may look only sees the fields, and no button. */
  isReadOnly?: boolean;
  children: ComponentChildren;
}

export function Form({ label, button, action, isReady = true, isReadOnly = false, children }: Form) {
  function submit(event: SubmitEvent) {
    event.preventDefault();
    action.run();
  }
  return (
    <form class="fields" aria-label={label} onSubmit={submit}>
      <fieldset class="all" disabled={isReadOnly}>{children}</fieldset>
      {!isReadOnly && (
        <div class="send">
          <button type="submit" class="filled" disabled={action.isBusy || !isReady} aria-busy={action.isBusy}>{button}</button>
          <Problem text={action.problem} />
        </div>
      )}
    </form>
  );
}

export function Problem({ text }: { text: string }) {
  return text ? <span class="flag" role="alert"><Warning />{text}</span> : null;
}

interface Field {
  label: string;
  value: string;
  onInput: (value: string) => void;
  /** What it holds: an amount is a number with decimals, a count a whole one. */
  holds?: "text" | "amount" | "count" | "date" | "address";
  hint?: string;
  isRequired?: boolean;
}

const SHORT = { type: "text", maxLength: 256 } as const;
const HELD = {
  text: SHORT,
  amount: { ...SHORT, inputMode: "decimal", pattern: "\\d+(\\.\\d{1,10})?", title: "A number such as 1.25" },
  count: { ...SHORT, inputMode: "numeric", pattern: "[1-9]\\d*", title: "A whole number such as 30" },
  date: { type: "date" },
  address: { type: "url", maxLength: 2048, placeholder: "https://" },
} as const;

export function Field({ label, value, onInput, holds = "text", hint, isRequired = false }: Field) {
  const described = useId();
  const shared = {
    value, required: isRequired, autocomplete: "off" as const, "aria-describedby": hint ? described : undefined,
    onInput: (event: { currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  };
  return (
    <label class="field">
      <span>{label}</span>
      <input spellcheck={false} {...HELD[holds]} {...shared} />
      {hint && <small class="quiet" id={described}>{hint}</small>}
    </label>
  );
}

interface Select<T extends string> {
  label: string;
  value: T;
  options: Partial<Record<T, string>>;
  onPick: (value: T) => void;
  hint?: string;
}

export function Select<T extends string>({ label, value, options, onPick, hint }: Select<T>) {
  return (
    <label class="field">
      <span>{label}</span>
      <select value={value} onChange={(event) => onPick(event.currentTarget.value as T)}>
        {(Object.entries(options) as [T, string][]).map(([option, text]) => <option key={option} value={option}>{text}</option>)}
      </select>
      {hint && <small class="quiet">{hint}</small>}
    </label>
  );
}
