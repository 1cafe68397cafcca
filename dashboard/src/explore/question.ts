// What is explored. All of it is in the address bar, so that it can be shared and gone back to.

import { RANGES, type PickedRange, type Range } from "../ranges";
import { browserZone, isZone, parseInstant } from "../zoned_time";
import { isDimension, MEASURES, QUANTITIES_OF_A_CALL } from "./measures";

export const BUCKETS = { none: "All together", hour: "Hours", day: "Days", week: "Weeks", month: "Months" } as const;
export const AGAINST = { "": "Nothing", before: "The time before", year: "A year before", date: "From a day on" } as const;
export const OPERATIONS = {
  in: "is", notIn: "is not", contains: "contains", exists: "is there", gte: "at least", lte: "at most",
} as const;

export type Bucket = keyof typeof BUCKETS;
export type Operation = keyof typeof OPERATIONS;

/** As the API takes it. */
export interface Filter {
  dimension: string;
  op: Operation;
  value: (string | null)[] | string | boolean;
}

/** An empty text is what isn't set. */
export interface Question extends PickedRange {
  measures: string[];
  by: string[];
  bucket: Bucket;
  filters: Filter[];
  /** With which time it is compared, of the same length; `since` is its first day, where that was picked. */
  against: keyof typeof AGAINST;
  since: string;
  /** A measure, a dimension or `timestamp`; with a minus before it, the largest first. */
  sort: string;
  /** The measure of the chart. */
  drawn: string;
}

export type Ask = (changes: Partial<Question>) => void;

export const MOST_DIMENSIONS = 4;
const MOST_MEASURES = 12;
const MOST_FILTERS = 20;
const YEAR = 365;
const DAY = 86_400;

/** Nothing in an address is trusted: what isn't understood is as if it were not there. */
export function questionOf(query: string): Question {
  const given = new URLSearchParams(query);
  const one = <T extends string>(name: string, known: Record<T, string>, usual: NoInfer<T>): T => {
    const text = given.get(name) ?? "";
    return Object.hasOwn(known, text) ? (text as T) : usual;
  };
  const measures = unique(given.getAll("measure").filter((name) => Object.hasOwn(MEASURES, name))).slice(0, MOST_MEASURES);
  const known = measures.length ? measures : ["credits", "calls"];
  const by = given.has("by") ? unique(given.getAll("by").filter(isDimension)).slice(0, MOST_DIMENSIONS) : ["model"];
  const bucket = one("bucket", BUCKETS, "none");
  const zone = given.get("zone") ?? "";
  const sort = given.get("sort") ?? "";
  const sortable = [...known, ...by, ...(bucket === "none" ? [] : ["timestamp"])];
  const drawn = given.get("drawn") ?? "";
  return {
    measures: known, by, bucket,
    range: one("range", RANGES, "30d"), from: given.get("from") ?? "", to: given.get("to") ?? "",
    zone: isZone(zone) ? zone : browserZone(),
    filters: given.getAll("filter").flatMap(filterOf).slice(0, MOST_FILTERS),
    against: one("against", AGAINST, ""), since: given.get("since") ?? "",
    sort: sortable.includes(sort.replace(/^-/, "")) ? sort : "",
    drawn: known.includes(drawn) ? drawn : (known[0] ?? "calls"),
  };
}

export function addressOf(question: Question, changes: Partial<Question> = {}): string {
  const { measures, by, filters, ...texts } = { ...question, ...changes };
  const query = new URLSearchParams();
  measures.forEach((measure) => query.append("measure", measure));
  (by.length ? by : [""]).forEach((dimension) => query.append("by", dimension));
  filters.forEach((filter) => query.append("filter", JSON.stringify(filter)));
  for (const [name, text] of Object.entries(texts)) {
    if (text && !(name === "bucket" && text === "none") && !(name === "drawn" && text === measures[0])) {
      query.set(name, text);
    }
  }
  return `/explore?${query}`;
}

function filterOf(text: string): Filter[] {
  try {
    const { dimension, op, value } = JSON.parse(text) as Filter;
    const isOfCall = typeof dimension === "string" && (isDimension(dimension) || Object.hasOwn(QUANTITIES_OF_A_CALL, dimension));
    return isOfCall && Object.hasOwn(OPERATIONS, op) ? [{ dimension, op, value }] : [];
  } catch {
    return [];
  }
}

/** The filters with one more; what is to be one of some values is in one filter. */
export function withFilter(filters: Filter[], added: Filter): Filter[] {
  const same = filters.find(({ dimension, op }) => dimension === added.dimension && op === added.op);
  if (same && Array.isArray(same.value) && Array.isArray(added.value)) {
    const value = [...new Set([...same.value, ...added.value])];
    return filters.map((filter) => (filter === same ? { ...filter, value } : filter));
  }
  return [...filters.filter((filter) => filter !== same), added];
}

/** The time with which it is compared. */
export function otherRange(question: Question, { start, end }: Range): Range | undefined {
  const length = end - start;
  switch (question.against) {
    case "":
      return undefined;
    case "before":
      return { start: start - length - 1, end: start - 1 };
    case "year":
      return { start: start - YEAR * DAY, end: end - YEAR * DAY };
    case "date": {
      const first = parseInstant(question.since, question.zone);
      return first === undefined ? undefined : { start: first, end: first + length };
    }
  }
}

/** What the API is asked about a time. */
export function asked(question: Question, { start, end }: Range): object {
  const { zone, bucket, by, measures, filters, sort } = question;
  return {
    startTime: start, endTime: end, timezone: zone, granularity: bucket, groupBy: by, metrics: measures, filters,
    orderBy: sort || null,
  };
}

const unique = (texts: string[]): string[] => [...new Set(texts)];
