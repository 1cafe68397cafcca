// Rows as RFC 4180 has them, in UTF-8 with a byte order mark, as the API's exports are.

import { dayText, minuteText } from "../zoned_time";
import type { Question } from "./question";
import { valueOf, type Row } from "./table";

/** What a spreadsheet would run as a formula, or what looks as if it were marked so that it doesn't. */
const FORMULA = /^[=+\-@\t\r\n']/;

/** A line for each row, in their order, with the columns of the table, by the API's names. */
export function csvOf({ bucket, by, measures, against, zone }: Question, rows: Row[]): string {
  const moment = (instant: number) => (bucket === "hour" ? minuteText : dayText)(instant, zone);
  const titles = [
    ...(bucket === "none" ? [] : [bucket]), ...by,
    ...measures.flatMap((measure) => (against ? [measure, `${measure} beside`] : [measure])),
  ];
  const lines = rows.map((row) => [
    ...(bucket === "none" ? [] : [row.timestamp === undefined ? "" : moment(row.timestamp)]),
    ...row.group.map((value) => safe(value ?? "")),
    ...measures.flatMap((measure) => {
      const values = against ? [row.values, row.before] : [row.values];
      return values.map((of) => digits(valueOf(of, measure)));
    }),
  ]);
  return `\uFEFF${[titles.map(safe), ...lines].map((line) => `${line.map(quoted).join(",")}\r\n`).join("")}`;
}

const safe = (text: string): string => (FORMULA.test(text) ? `'${text}` : text);
const quoted = (text: string): string => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);

/** Without an exponent, with at most the ten decimals that the API answers; nothing where nothing is known. */
function digits(value: number | null): string {
  return value === null ? "" : new Intl.NumberFormat("en-US", { useGrouping: false, maximumFractionDigits: 10 }).format(value);
}
