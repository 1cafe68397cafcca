// Numbers and times as people read them.

import type { Metric } from "./answers";
import type { MetricName } from "./labels";
import { isShownTwice, offsetText } from "./zoned_time";

export const FIELDS: Record<MetricName, Metric> = {
  credits: "totalCredits", calls: "totalCalls", tokens: "totalTokens",
};

const whole = new Intl.NumberFormat("en-US");
const compact = new Intl.NumberFormat("en-US", { notation: "compact", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const ticks = new Intl.NumberFormat("en-US", { notation: "compact", maximumSignificantDigits: 3 });
const percent = new Intl.NumberFormat("en-US", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });
const exact = new Intl.NumberFormat("en-US", { maximumFractionDigits: 10 });

export const count = (number: number): string => whole.format(number);
export const short = (number: number): string => (Math.abs(number) < 10_000 ? exactly(number, 1) : compact.format(number));
export const tick = (number: number): string => ticks.format(number);
export const share = (fraction: number): string => percent.format(fraction);
export const precise = (number: number): string => exact.format(number);

/** Two decimals, and more where there is nothing before them, so that a small sum is never shown as nothing. */
export function credits(number: number): string {
  const size = Math.abs(number);
  if (size >= 1_000_000) {
    return compact.format(number);
  }
  if (size === 0 || size >= 1) {
    return exactly(number, 2, 2);
  }
  return new Intl.NumberFormat("en-US", { maximumSignificantDigits: 3, minimumSignificantDigits: 2 }).format(number);
}

const MOST_DECIMALS = 6;

/** How the credits of a column are shown: with the decimals that its smallest needs, so that all have the same. */
export function creditsLike(column: number[]): (number: number) => string {
  const sizes = column.map(Math.abs).filter((size) => size > 0);
  const needed = sizes.length ? 1 - Math.floor(Math.log10(Math.min(...sizes))) : 2;
  const decimals = Math.min(MOST_DECIMALS, Math.max(2, needed));
  const least = 10 ** -decimals;
  return (number) =>
    number > 0 && number < least / 2 ? `< ${exactly(least, decimals)}` : exactly(number, decimals, decimals);
}

export function amountsLike(column: number[], metric: MetricName): (number: number) => string {
  return metric === "credits" ? creditsLike(column) : (number) => amount(number, metric);
}

export function amount(number: number, metric: MetricName): string {
  switch (metric) {
    case "credits":
      return credits(number);
    case "calls":
      return count(number);
    case "tokens":
      return short(number);
  }
}

export const seconds = (number: number | null): string => (number === null ? "–" : `${exactly(number, 2, 2)} s`);
export const milliseconds = (number: number | null): string => (number === null ? "–" : `${count(number)} ms`);
export const rate = (number: number | null): string => (number === null ? "–" : `${exactly(number, 2, 2)}%`);

/** Of a budget, in its unit. */
export const inUnit = (number: number, unit: "credits" | "usd"): string => (unit === "usd" ? `$${credits(number)}` : credits(number));

/** Of a percentage. */
export const points = (number: number): string => `${exactly(number, 1)} ${number === 1 ? "point" : "points"}`;

/** The change as a fraction of what was; undefined where nothing was. */
export function growth(current: number, previous: number): number | undefined {
  return previous ? (current - previous) / previous : undefined;
}

export function dayName(instant: number, zone: string): string {
  return format(instant, zone, { weekday: "short", month: "short", day: "numeric" });
}

export function hourName(instant: number, zone: string): string {
  return format(instant, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" }) + offsetWhereTwice(instant, zone);
}

export function momentName(instant: number, zone: string): string {
  const moment = format(instant, zone, {
    year: "numeric", month: "short", day: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
  return moment + offsetWhereTwice(instant, zone);
}

/** A time of day, to the second. */
export function timeName(instant: number, zone: string): string {
  return format(instant, zone, { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" });
}

export function monthName(instant: number, zone: string): string {
  return format(instant, zone, { year: "numeric", month: "short" });
}

export function dateName(instant: number, zone: string): string {
  return format(instant, zone, { year: "numeric", month: "short", day: "numeric" });
}

/** Where clocks go back, an hour comes twice, and only its offset says which. */
function offsetWhereTwice(instant: number, zone: string): string {
  return isShownTwice(instant, zone) ? ` ${offsetText(instant, zone)}` : "";
}

function format(instant: number, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-US", { timeZone, ...options }).format(instant * 1000);
}

function exactly(number: number, most: number, least = 0): string {
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: most, minimumFractionDigits: least }).format(number);
}
