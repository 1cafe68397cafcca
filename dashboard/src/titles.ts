// What the browser's tabs, bookmarks and history call a view.

import { dateName } from "./numbers";
import { RANGES, rangeOf } from "./ranges";
import type { View } from "./view";

export function titleOf(view: View, now: number): string {
  const { start, end } = rangeOf(view, now);
  const what = view.call ? `Call ${view.call}` : view.model || view.provider || view.app || view.user;
  const whose = view.who === "all" && !view.user ? "Everybody's usage" : "Usage";
  const when = view.range === "custom" ? `${dateName(start, view.zone)} – ${dateName(end, view.zone)}` : RANGES[view.range];
  return [what, whose, when, "Usage Ledger"].filter(Boolean).join(" · ");
}
