// Numbers and times as people read them.

import type { Metric } from "./answers";
import type { MetricName } from "./labels";

export const FIELDS: Record<MetricName, Metric> = {
  credits: "totalCredits", calls: "totalCalls", tokens: "totalTokens",
};

const whole = new Intl.NumberFormat("en-US");
const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
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

export const seconds = (number: number | null): string => (number === null ? "–" : `${exactly(number, 2, 1)} s`);
export const milliseconds = (number: number | null): string => (number === null ? "–" : `${count(number)} ms`);
export const rate = (number: number | null): string => (number === null ? "–" : `${exactly(number, 2)}%`);

/** The change as a fraction of what was; undefined where nothing was. */
export function growth(current: number | null, previous: number | null): number | undefined {
  return current === null || !previous ? undefined : (current - previous) / previous;
}

export function dayName(instant: number, zone: string): string {
  return format(instant, zone, { weekday: "short", month: "short", day: "numeric" });
}

export function hourName(instant: number, zone: string): string {
  return format(instant, zone, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function momentName(instant: number, zone: string): string {
  return format(instant, zone, {
    year: "numeric", month: "short", day: "numeric",
    hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23",
  });
}

export function dateName(instant: number, zone: string): string {
  return format(instant, zone, { year: "numeric", month: "short", day: "numeric" });
}

function format(instant: number, timeZone: string, options: Intl.DateTimeFormatOptions): string {
  return new Intl.DateTimeFormat("en-US", { timeZone, ...options }).format(instant * 1000);
}

function exactly(number: number, most: number, least = 0): string {
  return new Intl.NumberFormat("en-US", { maximumFractionDigits: most, minimumFractionDigits: least }).format(number);
}
