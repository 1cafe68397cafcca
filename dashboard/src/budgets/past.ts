// What a budget would have said in the periods before the present one.

import type { QueryAnswer, Trends } from "../answers";
import { clockAt, midnight, monthStart } from "../zoned_time";
import { eachOf, type Draft } from "./draft";

/** Unix seconds; the end is not included. */
export interface Past {
  start: number;
  end: number;
}

const PERIODS = [3, 2, 1];

/** The last three periods that are over, the earliest first. */
export function pastOf({ period, days, zone }: Draft, now: number): Past[] {
  switch (period) {
    case "day":
      return PERIODS.map((ago) => ({ start: midnight(now, -ago, zone), end: midnight(now, 1 - ago, zone) }));
    case "week": {
      const { year, month, day } = clockAt(now, zone);
      const sinceMonday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
      const monday = (ago: number) => midnight(now, -sinceMonday - 7 * ago, zone);
      return PERIODS.map((ago) => ({ start: monday(ago), end: monday(ago - 1) }));
    }
    case "month":
      return PERIODS.map((ago) => ({ start: monthStart(now, -ago, zone), end: monthStart(now, 1 - ago, zone) }));
    case "rolling":
      return PERIODS.map((ago) => ({ start: midnight(now, 1 - ago - Number(days), zone), end: midnight(now, 1 - ago, zone) }));
  }
}

export interface Said {
  percent: number;
  /** Unix seconds: the hour or day in which it would have been reached; undefined where it would not. */
  at: number | undefined;
}

/** What was spent in a period, and which thresholds of it that would have reached. */
export function saidIn({ start, end }: Past, { trends }: Trends, draft: Draft): { spent: number; said: Said[] } {
  const its = trends.filter(({ timestamp }) => timestamp >= start && timestamp < end);
  const said = actual(draft).map((percent) => {
    let spent = 0;
    const reached = its.find(({ totalCredits }) => (spent += totalCredits) >= (Number(draft.amount) * percent) / 100);
    return { percent, at: reached?.timestamp };
  });
  return { spent: its.reduce((sum, { totalCredits }) => sum + totalCredits, 0), said };
}

/** How many users or apps would have reached each threshold; those without calls have no row. */
export function reachedBy({ rows }: QueryAnswer, draft: Draft): { percent: number; reached: number }[] {
  const each = eachOf(draft) ?? "user";
  const amounts = new Map(draft.exceptions.map(({ did, amount }) => [did.trim(), Number(amount)]));
  return actual(draft).map((percent) => ({
    percent,
    reached: rows.filter(({ group, values }) => {
      const did = group[each];
      const amount = (typeof did === "string" ? amounts.get(did) : undefined) ?? Number(draft.amount);
      return did !== null && (values["credits"] ?? 0) >= (amount * percent) / 100;
    }).length,
  }));
}

/** The thresholds of what is spent. What was expected then is not told. */
const actual = ({ thresholds }: Draft): number[] =>
  thresholds.filter(({ of }) => of === "actual").map(({ percent }) => Number(percent)).toSorted((one, other) => one - other);
