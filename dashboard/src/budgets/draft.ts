// A budget as it is typed, and as the API takes it.

import type { Budget } from "../answers";

export const BUDGETS = "/api/admin/budgets";

export const WHOSE = {
  all: "Everybody together", user: "One user", app: "One app", "each user": "Each user", "each app": "Each app",
} as const;
export const PERIODS = { month: "Calendar month", week: "Week, from Monday", day: "Day", rolling: "The last days" } as const;

export const UNITS = { credits: "Credits", usd: "US dollars" } as const;
export const ANOMALIES = { "": "Nothing", hour: "Far more than usual in an hour", day: "Far more than usual in a day" } as const;

export type Whose = keyof typeof WHOSE;

export interface Draft {
  name: string;
  whose: Whose;
  did: string;
  provider: string;
  model: string;
  amount: string;
  unit: keyof typeof UNITS;
  period: keyof typeof PERIODS;
  days: string;
  zone: string;
  thresholds: { percent: string; of: "actual" | "forecast" }[];
  exceptions: { did: string; amount: string }[];
  channels: string[];
  /** Hours after which they are told again while it stays so; empty for never. */
  remindAfter: string;
  tellResolved: boolean;
  anomalies: keyof typeof ANOMALIES;
}

export const newDraft = (zone: string): Draft => ({
  name: "", whose: "all", did: "", provider: "", model: "", amount: "", unit: "credits", period: "month", days: "30", zone,
  thresholds: [{ percent: "80", of: "actual" }, { percent: "100", of: "forecast" }], exceptions: [], channels: [], remindAfter: "", tellResolved: false, anomalies: "",
});

export const draftOf = (budget: Budget): Draft => ({
  name: budget.name,
  whose: budget.each ? `each ${budget.each}` : budget.userDid !== null ? "user" : budget.appDid !== null ? "app" : "all",
  did: budget.userDid ?? budget.appDid ?? "",
  provider: budget.providerId ?? "",
  model: budget.model ?? "",
  amount: String(budget.amount),
  unit: budget.unit,
  period: budget.period,
  days: String(budget.days ?? 30),
  zone: budget.timezone,
  thresholds: budget.thresholds.map(({ percent, of }) => ({ percent: String(percent), of })),
  exceptions: Object.entries(budget.exceptions).map(([did, amount]) => ({ did, amount: String(amount) })),
  channels: budget.channels,
  remindAfter: budget.remindAfterHours === null ? "" : String(budget.remindAfterHours),
  tellResolved: budget.tellResolved,
  anomalies: budget.anomalies ?? "",
});

/** What the API takes: the budget that there was, with what the draft says. */
export function inputOf(draft: Draft, before: Budget | undefined): object {
  const { id: _, updatedAt: __, updatedBy: ___, ...kept } = before ?? ({} as Partial<Budget>);
  const exceptions = draft.exceptions.filter(({ did, amount }) => did.trim() && amount.trim());
  return {
    ...kept,
    name: draft.name.trim(),
    userDid: draft.whose === "user" ? draft.did.trim() : null,
    appDid: draft.whose === "app" ? draft.did.trim() : null,
    each: eachOf(draft),
    providerId: draft.provider.trim() || null,
    model: draft.model.trim() || null,
    amount: draft.amount.trim(),
    unit: draft.unit,
    exceptions: eachOf(draft) ? Object.fromEntries(exceptions.map(({ did, amount }) => [did.trim(), amount.trim()])) : {},
    period: draft.period,
    days: draft.period === "rolling" ? Number(draft.days) : null,
    timezone: draft.zone,
    thresholds: draft.thresholds.filter(({ percent }) => percent.trim()).map(({ percent, of }) => ({ percent: Number(percent), of })),
    channels: draft.channels,
    remindAfterHours: draft.remindAfter.trim() ? Number(draft.remindAfter) : null,
    tellResolved: draft.tellResolved,
    anomalies: draft.anomalies || null,
  };
}

export const eachOf = ({ whose }: Draft): "user" | "app" | null =>
  whose === "each user" ? "user" : whose === "each app" ? "app" : null;

export function periodText({ period, days }: Pick<Budget, "period" | "days">): string {
  return period === "rolling" ? `the last ${days} days` : PERIODS[period];
}

/** An id for a new budget, after its name, that no other budget has. */
export function newId(name: string, taken: string[]): string {
  const base = name.toLowerCase().normalize("NFKD").replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 60) || "budget";
  for (let number = 1; ; number += 1) {
    const id = number === 1 ? base : `${base}-${number}`;
    if (!taken.includes(id)) {
      return id;
    }
  }
}
