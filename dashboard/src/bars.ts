// What a bar of the chart stands for: an hour, a day, or a week or a month where days would be too thin to see.

import type { Trends } from "./answers";
import { dateName, dayName, hourName, monthName } from "./numbers";
import { clockAt, dayText, midnight, minuteText } from "./zoned_time";
import type { View } from "./view";

export type Unit = "hour" | "day" | "week" | "month";

/** Instants, both inclusive, and the places of its hours or days in the answer. */
export interface Bar {
  start: number;
  end: number;
  places: number[];
}

const MOST_DAYS = 120;
const MOST_WEEKS = 120;

export function unitOf({ granularity, trends }: Trends): Unit {
  if (granularity === "hour") {
    return "hour";
  }
  return trends.length <= MOST_DAYS ? "day" : trends.length <= 7 * MOST_WEEKS ? "week" : "month";
}

/** Oldest first. The first and the last are as long as the range leaves them. */
export function barsOf({ trends, endTime }: Trends, unit: Unit, zone: string): Bar[] {
  const bars: Bar[] = [];
  let period = "";
  trends.forEach(({ timestamp }, place) => {
    const end = (trends[place + 1]?.timestamp ?? endTime + 1) - 1;
    const last = bars.at(-1);
    const its = periodOf(timestamp, unit, zone);
    if (last && its === period) {
      last.places.push(place);
      last.end = end;
    } else {
      bars.push({ start: timestamp, end, places: [place] });
    }
    period = its;
  });
  return bars;
}

export const sumOf = (values: number[], bar: Bar): number => bar.places.reduce((sum, place) => sum + (values[place] ?? 0), 0);

/** On an axis. */
export function labelOf({ start }: Bar, unit: Unit, zone: string): string {
  return { hour: hourName, day: dayName, week: dayName, month: monthName }[unit](start, zone);
}

export function titleOf({ start, end }: Bar, unit: Unit, zone: string): string {
  switch (unit) {
    case "hour":
      return `${dayName(start, zone)}, ${hourName(start, zone)}`;
    case "day":
      return dayName(start, zone);
    case "week":
      return `${dateName(start, zone)} – ${dateName(end, zone)}`;
    case "month":
      return monthName(start, zone);
  }
}

/** What the view becomes when a bar is picked. */
export function narrowedTo({ start, end }: Bar, unit: Unit, { zone }: View): Partial<View> {
  const text = unit === "hour" ? minuteText : dayText;
  return { range: "custom", from: text(start, zone), to: text(end, zone) };
}

/** The same for all hours or days of one bar. */
function periodOf(instant: number, unit: Unit, zone: string): string {
  switch (unit) {
    case "hour":
    case "day":
      return String(instant);
    case "week": {
      const { year, month, day } = clockAt(instant, zone);
      const sinceMonday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
      return dayText(midnight(instant, -sinceMonday, zone), zone);
    }
    case "month":
      return dayText(instant, zone).slice(0, 7);
  }
}
