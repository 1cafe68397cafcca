// The rows of an answer beside those of the time with which it is compared.

import type { QueryAnswer } from "../answers";
import type { Range } from "../ranges";
import { bucketsOf } from "./buckets";
import type { Question } from "./question";

export type Values = Partial<Record<string, number | null>>;

/** A group, in a bucket if there are buckets. */
export interface Row {
  timestamp: number | undefined;
  /** A text, or null, for each dimension. */
  group: (string | null)[];
  /** Undefined where the group has no calls in this time, or none that is loaded. */
  values: Values | undefined;
  before: Values | undefined;
}

type Answered = QueryAnswer["rows"][number];

/** In the order of the answer; behind it, the groups that had calls in the other time only. */
export function rowsOf(question: Question, range: Range, answer: QueryAnswer, other?: [Range, QueryAnswer]): Row[] {
  const groupOf = ({ group }: Answered) => question.by.map((dimension) => group[dimension] ?? null);
  if (!other) {
    return answer.rows.map((row) => ({ timestamp: row.timestamp, group: groupOf(row), values: row.values, before: undefined }));
  }
  const [buckets, otherBuckets] = [range, other[0]].map((one) => bucketsOf(one, question.bucket, question.zone));
  const places = new Map(otherBuckets?.map((start, place) => [start, buckets?.[place]]));
  const keyOf = (timestamp: number | undefined, group: (string | null)[]) => JSON.stringify([timestamp, group]);
  const left = new Map<string, Row>();
  for (const row of other[1].rows) {
    const timestamp = row.timestamp === undefined ? undefined : places.get(row.timestamp);
    const group = groupOf(row);
    if (row.timestamp === undefined || timestamp !== undefined) { // months are not of the same length
      left.set(keyOf(timestamp, group), { timestamp, group, values: undefined, before: row.values });
    }
  }
  const rows = answer.rows.map((row) => {
    const [group, key] = [groupOf(row), keyOf(row.timestamp, groupOf(row))];
    const before = left.get(key)?.before;
    left.delete(key);
    return { timestamp: row.timestamp, group, values: row.values, before };
  });
  return [...rows, ...left.values()];
}

/** A value in a time: what adds up is nothing where a group has no calls; of all else nothing is known. */
export function valueOf(values: Values | undefined, measure: string): number | null {
  return values?.[measure] ?? null;
}
