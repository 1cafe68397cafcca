// What the page shows. All of it is in the address bar, so that a view can be shared and gone back to.

import type { Me } from "./answers";
import type { Parameters } from "./api";
import { METRICS, TYPES, type MetricName } from "./labels";
import { mayReadAll } from "./roles";
import { RANGES, rangeOf, type PickedRange, type Range } from "./ranges";
import { browserZone, isZone } from "./zoned_time";

export const GROUPINGS = { model: "Model", type: "Type", app: "App", user: "User" } as const;

export type Grouping = keyof typeof GROUPINGS;

/** An empty text is a filter that isn't set. */
export interface View extends PickedRange {
  who: "mine" | "all";
  user: string;
  app: string;
  model: string;
  provider: string;
  type: string;
  metric: MetricName;
  by: Grouping;
  /** These narrow the list of calls only. */
  kind: string;
  status: string;
  search: string;
  slow: string;
  /** The id of the call whose details are open. */
  call: string;
  /** Whether it is shown why credits have changed: 1 if so. */
  why: string;
}

/** Shows the view with some parts changed. */
export type Change = (change: Partial<View>) => void;

export const USUAL: View = {
  who: "mine", user: "", app: "", model: "", provider: "", type: "",
  range: "30d", from: "", to: "", zone: browserZone(),
  metric: "credits", by: "model", kind: "", status: "", search: "", slow: "", call: "", why: "",
};

/** What means something else to another reader, so that every address has it. */
const SAID: (keyof View)[] = ["who", "zone"];

export const UNNARROWED = { user: "", app: "", model: "", provider: "", type: "" };

/**
 * Nothing in an address is trusted: what isn't understood is as if it were not there. Who may read everybody's usage begins
 * with that; to everybody else, a link to it shows their own.
 */
export function viewOf(query: string, mayReadAll: boolean): View {
  const given = new URLSearchParams(query);
  const view: Record<string, string> = { ...USUAL };
  for (const name of Object.keys(USUAL)) {
    view[name] = given.get(name) ?? view[name] ?? "";
  }
  const read = view as unknown as View;
  const who = mayReadAll && given.get("who") !== "mine" ? "all" : "mine";
  const understood: View = {
    ...read,
    who,
    user: who === "all" ? read.user : "",
    range: Object.hasOwn(RANGES, read.range) ? read.range : USUAL.range,
    metric: Object.hasOwn(METRICS, read.metric) ? read.metric : USUAL.metric,
    by: Object.hasOwn(GROUPINGS, read.by) ? read.by : USUAL.by,
    type: Object.hasOwn(TYPES, read.type) ? read.type : "",
    kind: Object.hasOwn(TYPES, read.kind) ? read.kind : "",
    status: ["success", "failed", "processing"].includes(read.status) ? read.status : "",
    slow: /^\d+(\.\d+)?$/.test(read.slow) ? read.slow : "",
    why: read.why === "1" ? "1" : "",
    zone: isZone(read.zone) ? read.zone : USUAL.zone,
  };
  return groupings(understood).includes(understood.by) ? understood : { ...understood, by: USUAL.by };
}

/** Of the view with some parts changed. */
export function addressOf(view: View, changes: Partial<View> = {}): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ ...view, ...changes })) {
    if (SAID.includes(name as keyof View) || value !== USUAL[name as keyof View]) {
      query.set(name, value);
    }
  }
  return `/?${query}`;
}

/** Whose usage, and of what, as the API's parameters. */
export function selection(view: View): Parameters {
  return {
    allUsers: String(view.who === "all"), // who may read everybody's reads that unless told otherwise
    userDid: view.user,
    appDid: view.app,
    model: view.model,
    providerId: view.provider,
    type: view.type,
  };
}

/** Its address, with whatever may mean something else to another reader. */
export function saidIn(query: string, view: View): string {
  const given = new URLSearchParams(query);
  for (const name of SAID.filter((name) => !given.has(name))) {
    given.set(name, view[name]);
  }
  return `/?${given}`;
}

/** Whether an address is of more than one's own usage. */
export const isOfOthers = (query: string): boolean => new URLSearchParams(query).get("who") === "all";

/** A question of the usage of a view, and what it is about: the quarter hour with which it ends is not part of that. */
export interface Question {
  parameters: Parameters;
  about: string;
}

/** The same selection, as filters of a query: who may read everybody's asks of everybody's unless told otherwise. */
export function filtersOf(view: View, me: Me): string {
  const user = view.who === "mine" && mayReadAll(me) ? me.did : view.user;
  const all = { user, app: view.app, model: view.model, provider: view.provider, type: view.type };
  const set = Object.entries(all).filter(([, value]) => value);
  return JSON.stringify(set.map(([dimension, value]) => ({ dimension, op: "in", value: [value] })));
}

export function questionOf(view: View, now: number): Question {
  const { range, from, to, zone } = view;
  const selected = selection(view);
  return { parameters: { ...selected, ...period(view, now) }, about: JSON.stringify([selected, range, from, to, zone]) };
}

function period(view: View, now: number): Parameters {
  const { start, end }: Range = rangeOf(view, now);
  return { startTime: start, endTime: end, timezone: view.zone };
}

export const isNarrowed = (view: View): boolean =>
  Object.keys(UNNARROWED).some((name) => view[name as keyof typeof UNNARROWED]);

export const isEverybody = (view: View): boolean => view.who === "all" && !view.user && !view.app;

/** By what the usage of a view can be told apart: everybody's is not counted by app or user within a model. */
export function groupings(view: View): Grouping[] {
  const isAll = isEverybody(view);
  const isOfSome = Boolean(view.model || view.provider || view.type);
  return (Object.keys(GROUPINGS) as Grouping[]).filter((grouping) => {
    switch (grouping) {
      case "user":
        return isAll && !isOfSome;
      case "app":
        return isAll ? !isOfSome : !(view.who === "all" && view.app && !view.user);
      default:
        return true;
    }
  });
}
