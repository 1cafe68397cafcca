// What stands where figures would: nothing yet, nothing at all, or what went wrong.

import type { ComponentChildren } from "preact";
import type { Refusal } from "./api";

export function Failure({ refusal, onAgain }: { refusal: Refusal; onAgain: () => void }) {
  return (
    <div class="notice failure" role="alert">
      <strong>This can't be shown</strong>
      <p>{refusal.message}</p>
      {refusal.requestId && <p class="quiet">Request {refusal.requestId}</p>}
      {refusal.isPassing ? <button type="button" onClick={onAgain}>Try again</button> : <a class="button" href="/">Show the usual view</a>}
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="notice">
      <strong>{title}</strong>
      {children}
    </div>
  );
}

export function Skeleton({ lines }: { lines: number }) {
  return (
    <div class="skeleton" role="status">
      <span class="hidden">Loading</span>
      {Array.from({ length: lines }, (_, line) => <i key={line} />)}
    </div>
  );
}
