// The rows that are shown, as CSV.

import { Download } from "../icons";
import { dayText } from "../zoned_time";
import { csvOf } from "./csv";
import type { Question } from "./question";
import type { Row } from "./table";

export function FileButton({ question, rows }: { question: Question; rows: Row[] }) {
  function save() {
    const address = URL.createObjectURL(new Blob([csvOf(question, rows)], { type: "text/csv" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = `usage-${dayText(Date.now() / 1000, question.zone)}.csv`;
    link.click();
    URL.revokeObjectURL(address);
  }
  return <button type="button" onClick={save}><Download />CSV</button>;
}
