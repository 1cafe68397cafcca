// The calls that the filters leave, as CSV: asked for, waited for where there are many, then downloaded.

import { get, Refusal, type Parameters } from "./api";
import type { Export } from "./answers";
import { Close, Download } from "./icons";
import { useJob } from "./job";
import { count } from "./numbers";

const FAILED = "The export failed. Try it again.";

export function ExportButton({ filters, rows, zone }: { filters: Parameters; rows: number; zone: string }) {
  const locale = navigator.language.startsWith("zh") ? "zh" : "en";
  const job = useJob<Export>({
    begin: (signal) => get("/api/user/model-calls/export", { ...filters, locale, timezone: zone }, signal),
    ask: ({ exportId }, signal) => get(`/api/user/exports/${encodeURIComponent(exportId)}`, {}, signal),
    isDone: ({ url, status }) => Boolean(url) || status === "failed",
    onDone: ({ url, filename, error }) => {
      if (!url) {
        throw new Refusal(0, error ?? FAILED);
      }
      download(url, filename);
    },
  });
  if (job.isRunning) {
    const written = job.told?.rowsWritten ?? 0;
    const total = job.told?.rowsTotal ?? rows;
    return (
      <div class="export" role="status">
        <span>Exporting {count(written)} of {count(total)}</span>
        <progress aria-label="Export" {...(total > 0 ? { max: total, value: written } : {})} />
        <button type="button" class="bare" aria-label="Stop waiting for the export" onClick={job.stop}><Close /></button>
      </div>
    );
  }
  const done = job.told && !job.problem ? `${count(job.told.rows ?? rows)} rows exported` : "";
  return (
    <div class="export">
      <span role={job.problem ? "alert" : "status"} class={job.problem ? "flag" : "quiet"}>{job.problem || done}</span>
      <button type="button" disabled={rows === 0} onClick={job.begin}><Download />Export CSV</button>
    </div>
  );
}

function download(url: string, filename: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = filename;
  link.rel = "noreferrer";
  link.click();
}
