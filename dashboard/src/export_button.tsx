// The calls that the filters leave, as CSV: asked for, waited for where there are many, then downloaded.

import { useEffect, useRef, useState } from "preact/hooks";
import { get, Refusal, type Parameters } from "./api";
import type { Export } from "./answers";
import { Close, Download } from "./icons";
import { count } from "./numbers";

const PATIENCE = 1_000;

type State =
  | { at: "rest" }
  | { at: "work"; written: number; total: number }
  | { at: "failure"; text: string }
  | { at: "done"; text: string };

export function ExportButton({ filters, rows, zone }: { filters: Parameters; rows: number; zone: string }) {
  const [state, setState] = useState<State>({ at: "rest" });
  const abort = useRef<AbortController>(undefined);
  useEffect(() => () => abort.current?.abort(), []);

  async function run() {
    const { signal } = (abort.current = new AbortController());
    setState({ at: "work", written: 0, total: rows });
    try {
      const language = navigator.language.startsWith("zh") ? "zh" : "en";
      let job = await get<Export>("/api/user/model-calls/export", { ...filters, locale: language, timezone: zone }, signal);
      while (!job.url && job.status !== "failed") {
        setState({ at: "work", written: job.rowsWritten ?? 0, total: job.rowsTotal ?? rows });
        await new Promise((resolve) => setTimeout(resolve, PATIENCE));
        signal.throwIfAborted();
        job = await get<Export>(`/api/user/exports/${encodeURIComponent(job.exportId)}`, {}, signal);
      }
      if (!job.url) {
        throw new Refusal(0, job.error ?? "The export failed. Try it again.");
      }
      download(job.url, job.filename ?? "model-calls.csv");
      setState({ at: "done", text: `${count(job.rows ?? rows)} rows exported` });
    } catch (error) {
      if (!signal.aborted) {
        setState({ at: "failure", text: error instanceof Refusal ? error.message : "The export failed. Try it again." });
      }
    }
  }

  function stop() {
    abort.current?.abort();
    setState({ at: "rest" });
  }

  if (state.at === "work") {
    const known = state.total > 0 ? { max: state.total, value: state.written } : {};
    return (
      <div class="export" role="status">
        <span>Exporting {count(state.written)} of {count(state.total)}</span>
        <progress aria-label="Export" {...known} />
        <button type="button" class="bare" aria-label="Stop waiting for the export" onClick={stop}><Close /></button>
      </div>
    );
  }
  return (
    <div class="export">
      <span role={state.at === "failure" ? "alert" : "status"} class={state.at === "failure" ? "flag" : "quiet"}>
        {state.at === "rest" ? "" : state.text}
      </span>
      <button type="button" disabled={rows === 0} onClick={run}><Download />Export CSV</button>
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
