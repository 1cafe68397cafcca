// The parts of a question: which figures, told apart by what, of which calls, beside which time.

import { useState } from "preact/hooks";
import { Choice } from "../choice";
import { Close } from "../icons";
import { Name } from "../name";
import { dayText } from "../zoned_time";
import { NewFilter } from "./new_filter";
import { DIMENSIONS, isDimension, MEASURES, METADATA, nameOf } from "./measures";
import { addressOf, AGAINST, BUCKETS, MOST_DIMENSIONS, OPERATIONS, type Ask, type Filter, type Question } from "./question";

interface Parts {
  question: Question;
  onAsk: Ask;
}

export function Parts({ question, onAsk }: Parts) {
  const { measures, by, filters, bucket, against, since, zone } = question;
  return (
    <section class="panel parts" aria-label="Question">
      <div class="part" role="group" aria-label="Figures">
        <span class="quiet">Show</span>
        {measures.map((measure) => (
          <Part
            key={measure} name={MEASURES[measure] ?? measure}
            without={measures.length > 1 ? addressOf(question, { measures: measures.filter((one) => one !== measure), sort: "" }) : ""}
          />
        ))}
        <Adding
          label="Add a figure" options={Object.fromEntries(Object.entries(MEASURES).filter(([name]) => !measures.includes(name)))}
          onPick={(measure) => onAsk({ measures: [...measures, measure] })}
        />
      </div>
      <div class="part" role="group" aria-label="Told apart by">
        <span class="quiet">By</span>
        {by.map((dimension) => (
          <Part
            key={dimension} name={nameOf(dimension)}
            without={addressOf(question, { by: by.filter((one) => one !== dimension), sort: "" })}
          />
        ))}
        {by.length < MOST_DIMENSIONS && (
          <Adding
            label="Add a dimension" isMetadataToo
            options={Object.fromEntries(Object.entries(DIMENSIONS).filter(([name]) => !by.includes(name)))}
            onPick={(dimension) => by.includes(dimension) || onAsk({ by: [...by, dimension] })}
          />
        )}
        <Choice label="Time" name="bucket" options={BUCKETS} value={bucket} onChange={(picked) => onAsk({ bucket: picked, sort: "" })} />
      </div>
      <div class="part" role="group" aria-label="Only">
        <span class="quiet">Only</span>
        {filters.map((filter) => (
          <Part
            key={JSON.stringify(filter)} name={inWords(filter)}
            without={addressOf(question, { filters: filters.filter((one) => one !== filter) })}
          />
        ))}
        <NewFilter filters={filters} onAsk={onAsk} />
      </div>
      <div class="part" role="group" aria-label="Compared">
        <span class="quiet">Beside</span>
        <select
          aria-label="Compare with" value={against} class={against ? "set" : ""}
          onChange={({ currentTarget }) => {
            const picked = currentTarget.value as Question["against"];
            onAsk({ against: picked, since: picked === "date" ? since || dayText(Date.now() / 1000 - 86_400 * 60, zone) : "" });
          }}
        >
          {Object.entries(AGAINST).map(([name, text]) => <option key={name} value={name}>{text}</option>)}
        </select>
        {against === "date" && (
          <input
            type="date" aria-label="First day of the other time" required value={since}
            onChange={({ currentTarget }) => currentTarget.value && onAsk({ since: currentTarget.value })}
          />
        )}
      </div>
    </section>
  );
}

function Part({ name, without }: { name: string; without: string }) {
  return (
    <span class="chip">
      <span class="value"><Name text={name} /></span>
      {without && <a href={without} aria-label={`Remove ${name}`}><Close /></a>}
    </span>
  );
}

interface Adding {
  label: string;
  options: Record<string, string>;
  isMetadataToo?: boolean;
  onPick: (name: string) => void;
}

/** Members of metadata have no list: their path is typed. */
function Adding({ label, options, isMetadataToo = false, onPick }: Adding) {
  const [path, setPath] = useState<string>();
  if (path !== undefined) {
    return (
      <form
        class="one"
        onSubmit={(event) => {
          event.preventDefault();
          setPath(undefined);
          if (isDimension(METADATA + path.trim())) {
            onPick(METADATA + path.trim());
          }
        }}
      >
        <input aria-label="Member of metadata" placeholder="team" autofocus required maxLength={200} value={path} onInput={({ currentTarget }) => setPath(currentTarget.value)} />
        <button type="submit">Add</button>
      </form>
    );
  }
  return (
    <select
      aria-label={label} value=""
      onChange={({ currentTarget }) => {
        const picked = currentTarget.value;
        currentTarget.value = "";
        if (picked === METADATA) {
          setPath("");
        } else {
          onPick(picked);
        }
      }}
    >
      <option value="" disabled>{label}…</option>
      {Object.entries(options).map(([name, text]) => <option key={name} value={name}>{text}</option>)}
      {isMetadataToo && <option value={METADATA}>A member of metadata…</option>}
    </select>
  );
}

function inWords({ dimension, op, value }: Filter): string {
  if (op === "exists") {
    return `${nameOf(dimension)} is ${value ? "there" : "missing"}`;
  }
  const values = Array.isArray(value) ? value.map((one) => one ?? "nothing").join(" or ") : String(value);
  return `${nameOf(dimension)} ${OPERATIONS[op]} ${values}`;
}
