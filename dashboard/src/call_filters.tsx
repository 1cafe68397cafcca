import { useEffect, useState } from "preact/hooks";
import { TYPES } from "./labels";
import { Search } from "./icons";
import type { Change, View } from "./view";

const TYPING = 350;
const STATUSES = { "": "Any status", success: "Success", failed: "Failed", processing: "Processing" };
const DURATIONS = {
  "": "Any duration",
  "1": "1 s or more",
  "5": "5 s or more",
  "10": "10 s or more",
  "30": "30 s or more",
  "60": "1 min or more",
};

export function CallFilters({ view, onChange }: { view: View; onChange: Change }) {
  const [text, setText] = useState(view.search);
  useEffect(() => setText(view.search), [view.search]);
  useEffect(() => {
    const timer = setTimeout(() => text.trim() !== view.search && onChange({ search: text.trim() }), TYPING);
    return () => clearTimeout(timer);
  }, [text]);

  return (
    <div class="filters" role="search">
      <label class="search">
        <Search /><span class="hidden">Search calls</span>
        <input
          type="search" maxLength={100} placeholder="Model, user, app, id or trace" value={text} spellcheck={false}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <Pick label="Status" options={STATUSES} value={view.status} onPick={(status) => onChange({ status })} />
      {!view.type && (
        <Pick label="Type" options={{ "": "Any type", ...TYPES }} value={view.kind} onPick={(kind) => onChange({ kind })} />
      )}
      <Pick label="Duration" options={DURATIONS} value={view.slow} onPick={(slow) => onChange({ slow })} />
    </div>
  );
}

interface Pick {
  label: string;
  options: Record<string, string>;
  value: string;
  onPick: (value: string) => void;
}

function Pick({ label, options, value, onPick }: Pick) {
  const all = Object.hasOwn(options, value) ? options : { ...options, [value]: `${value} s or more` };
  const inOrder = ["", ...Object.keys(all).filter(Boolean)];
  return (
    <select aria-label={label} value={value} class={value ? "set" : ""} onChange={(event) => onPick(event.currentTarget.value)}>
      {inOrder.map((option) => <option key={option} value={option}>{all[option]}</option>)}
    </select>
  );
}
