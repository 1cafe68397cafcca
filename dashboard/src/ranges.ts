// The ranges that can be picked, in a time zone.

import { midnight, monthStart, parseInstant } from "./zoned_time";

export const RANGES = {
  today: "Today",
  "7d": "7 days",
  "30d": "30 days",
  "90d": "90 days",
  month: "This month",
  "last-month": "Last month",
  custom: "Custom",
} as const;

export type RangeName = keyof typeof RANGES;

/** What was picked; `from` and `to` are dates or times on the clock of the zone, for a custom range. */
export interface PickedRange {
  range: RangeName;
  from: string;
  to: string;
  zone: string;
}

/** Unix seconds, both ends inclusive. */
export interface Range {
  start: number;
  end: number;
}

const QUARTER_HOUR = 900;

/**
 * The range that was picked. One that goes on until now ends with the quarter hour, as the ledger counts in quarter hours:
 * what is asked often costs least.
 */
export function rangeOf(picked: PickedRange, now: number): Range {
  const { zone } = picked;
  const soon = (Math.floor(now / QUARTER_HOUR) + 1) * QUARTER_HOUR - 1;
  switch (picked.range) {
    case "today":
      return { start: midnight(now, 0, zone), end: soon };
    case "7d":
      return { start: midnight(now, -6, zone), end: soon };
    case "30d":
      return { start: midnight(now, -29, zone), end: soon };
    case "90d":
      return { start: midnight(now, -89, zone), end: soon };
    case "month":
      return { start: monthStart(now, 0, zone), end: soon };
    case "last-month":
      return { start: monthStart(now, -1, zone), end: monthStart(now, 0, zone) - 1 };
    case "custom":
      return customRange(picked) ?? rangeOf({ ...picked, range: "30d" }, now);
  }
}

export function customRange({ from, to, zone }: PickedRange): Range | undefined {
  const [start, last] = [parseInstant(from, zone), parseInstant(to, zone)];
  if (start === undefined || last === undefined) {
    return undefined;
  }
  const end = to.includes("T") ? last + 59 : midnight(last, 1, zone) - 1;
  return start <= end ? { start, end } : undefined;
}
