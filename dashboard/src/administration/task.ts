// What of the administration is shown. All of it is in the address bar.

import { browserZone, isZone } from "../zoned_time";

export const SECTIONS = {
  keys: "API keys",
  rates: "Rates",
  repricing: "Repricing",
  names: "Users and apps",
  erasure: "Erasure",
  ingestion: "Ingestion",
  health: "Health",
} as const;

export type Section = keyof typeof SECTIONS;

/** An empty text is a field that isn't set. */
export interface Task {
  section: Section;
  zone: string;
  /** Of a rate or a repricing: for which calls. */
  provider: string;
  model: string;
  /** Of a repricing: days of the zone, and where the calls' prices come from. */
  from: string;
  to: string;
  source: string;
  /** Of ingestion: so many days. */
  days: string;
}

export type ChangeTask = (changes: Partial<Task>) => void;

const USUAL: Task = {
  section: "keys", zone: "", from: "", to: "", provider: "", model: "", source: "", days: "7",
};

/** Nothing in an address is trusted: what isn't understood is as if it were not there. */
export function taskOf(query: string): Task {
  const given = new URLSearchParams(query);
  const of = (name: keyof Task) => given.get(name) ?? USUAL[name];
  const section = of("section");
  return {
    section: Object.hasOwn(SECTIONS, section) ? (section as Section) : USUAL.section,
    zone: isZone(of("zone")) ? of("zone") : browserZone(),
    from: of("from"), to: of("to"), provider: of("provider"), model: of("model"),
    source: ["rate", "catalogue", "unpriced"].includes(of("source")) ? of("source") : "",
    days: ["1", "7", "14"].includes(of("days")) ? of("days") : USUAL.days,
  };
}

/** A section's own fields are left behind with it. */
export function addressOfTask(task: Task, changes: Partial<Task> = {}): string {
  const isElsewhere = changes.section !== undefined && changes.section !== task.section;
  const next = { ...(isElsewhere ? { ...USUAL, zone: task.zone } : task), ...changes };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(next)) {
    if (name === "section" || name === "zone" || value !== USUAL[name as keyof Task]) {
      query.set(name, value);
    }
  }
  return `/administration?${query}`;
}
