// One more condition that calls have to meet.

import { useState } from "preact/hooks";
import { DIMENSIONS, METADATA, QUANTITIES_OF_A_CALL } from "./measures";
import { OPERATIONS, withFilter, type Ask, type Filter, type Operation } from "./question";

const OF_TEXTS: Operation[] = ["in", "notIn", "contains", "exists"];
const OF_NUMBERS: Operation[] = ["gte", "lte"];

export function NewFilter({ filters, onAsk }: { filters: Filter[]; onAsk: Ask }) {
  const [dimension, setDimension] = useState("model");
  const [path, setPath] = useState("");
  const [op, setOp] = useState<Operation>("in");
  const [text, setText] = useState("");
  const isOfNumbers = Object.hasOwn(QUANTITIES_OF_A_CALL, dimension);
  const operations = isOfNumbers ? OF_NUMBERS : dimension === METADATA ? [...OF_TEXTS, ...OF_NUMBERS] : OF_TEXTS;
  const chosen = operations.includes(op) ? op : (operations[0] ?? "in");

  function add(event: SubmitEvent) {
    event.preventDefault();
    const value = chosen === "in" || chosen === "notIn" ? [text] : chosen === "exists" ? true : text;
    onAsk({ filters: withFilter(filters, { dimension: dimension === METADATA ? METADATA + path.trim() : dimension, op: chosen, value }) });
    setText("");
  }

  return (
    <form class="one filter" aria-label="Add a filter" onSubmit={add}>
      <select aria-label="Of" value={dimension} onChange={({ currentTarget }) => setDimension(currentTarget.value)}>
        {Object.entries({ ...DIMENSIONS, [METADATA]: "Metadata", ...QUANTITIES_OF_A_CALL }).map(([name, title]) => (
          <option key={name} value={name}>{title}</option>
        ))}
      </select>
      {dimension === METADATA && (
        <input aria-label="Member of metadata" placeholder="team" required maxLength={200} value={path} onInput={({ currentTarget }) => setPath(currentTarget.value)} />
      )}
      <select aria-label="How" value={chosen} onChange={({ currentTarget }) => setOp(currentTarget.value as Operation)}>
        {operations.map((name) => <option key={name} value={name}>{OPERATIONS[name]}</option>)}
      </select>
      {chosen !== "exists" && (
        <input
          aria-label="Value" required maxLength={256} value={text} spellcheck={false}
          {...(OF_NUMBERS.includes(chosen) ? { inputMode: "decimal", pattern: "-?\\d+(\\.\\d{1,10})?", title: "A number such as 1.25" } : {})}
          onInput={({ currentTarget }) => setText(currentTarget.value)}
        />
      )}
      <button type="submit">Add</button>
    </form>
  );
}
