// What of the budgets is shown. All of it is in the address bar.

import { browserZone, isZone } from "../zoned_time";

export const SECTIONS = { budgets: "Budgets", channels: "Channels", alerts: "Alerts" } as const;

export type Section = keyof typeof SECTIONS;

/** An empty text is a field that isn't set. */
export interface Plan {
  /** `edit` is the form, of one budget or of a new one. */
  section: Section | "edit";
  zone: string;
  /** Whose budgets: a did; without any, all that are not one for each user or app. */
  user: string;
  app: string;
  page: string;
  /** The id of the budget that is edited. */
  budget: string;
}

export type ChangePlan = (changes: Partial<Plan>) => void;

const USUAL: Plan = { section: "budgets", zone: "", user: "", app: "", page: "1", budget: "" };

/** Nothing in an address is trusted: what isn't understood is as if it were not there. */
export function planOf(query: string): Plan {
  const given = new URLSearchParams(query);
  const of = (name: keyof Plan) => given.get(name) ?? USUAL[name];
  const section = of("section");
  return {
    section: Object.hasOwn(SECTIONS, section) || section === "edit" ? (section as Plan["section"]) : USUAL.section,
    zone: isZone(of("zone")) ? of("zone") : browserZone(),
    user: of("user"), app: of("user") ? "" : of("app"), budget: of("budget"),
    page: /^[1-9]\d{0,2}$/.test(of("page")) ? of("page") : USUAL.page,
  };
}

/** A section's own fields are left behind with it. */
export function addressOfPlan(plan: Plan, changes: Partial<Plan> = {}): string {
  const isElsewhere = changes.section !== undefined && changes.section !== plan.section;
  const next = { ...(isElsewhere ? { ...USUAL, zone: plan.zone } : plan), ...changes };
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(next)) {
    if (name === "zone" || value !== USUAL[name as keyof Plan]) {
      query.set(name, value);
    }
  }
  return `/budgets?${query}`;
}
