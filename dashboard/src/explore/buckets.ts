// The buckets of a range, by the calendar of a time zone.

import { dateName, dayName, hourName, monthName } from "../numbers";
import type { Range } from "../ranges";
import { clockAt, dayText, midnight, minuteText, monthStart } from "../zoned_time";
import type { Bucket, Question } from "./question";

const HOUR = 3600;

/** When each begins, the first with the range; none where time isn't told apart. */
export function bucketsOf({ start, end }: Range, bucket: Bucket, zone: string): number[] {
  const starts = [start];
  for (let next = after(start, bucket, zone); next <= end; next = after(next, bucket, zone)) {
    starts.push(next);
  }
  return bucket === "none" ? [] : starts;
}

function after(instant: number, bucket: Bucket, zone: string): number {
  const { year, month, day, minute } = clockAt(instant, zone);
  switch (bucket) {
    case "hour":
      return instant - (instant % 60) - minute * 60 + HOUR;
    case "day":
      return midnight(instant, 1, zone);
    case "week": {
      const sinceMonday = (new Date(Date.UTC(year, month - 1, day)).getUTCDay() + 6) % 7;
      return midnight(instant, 7 - sinceMonday, zone);
    }
    case "month":
      return monthStart(instant, 1, zone);
    case "none":
      return Infinity;
  }
}

export function bucketName(instant: number, bucket: Bucket, zone: string): string {
  switch (bucket) {
    case "hour":
      return `${dayName(instant, zone)}, ${hourName(instant, zone)}`;
    case "month":
      return monthName(instant, zone);
    default:
      return dateName(instant, zone);
  }
}

/** What is asked when a bucket is picked: its time, by a finer one. */
export function within(instant: number, { bucket, zone }: Question, { end }: Range): Partial<Question> {
  const last = Math.min(after(instant, bucket, zone) - 1, end);
  const text = bucket === "hour" ? minuteText : dayText;
  const finer: Bucket = bucket === "month" || bucket === "week" ? "day" : "hour";
  return { range: "custom", from: text(instant, zone), to: text(last, zone), bucket: finer, sort: "" };
}
