// What was used, told apart by each thing that it can be told apart by: asked once, for the chart and the rankings.

import { useAnswer, type Asked } from "./answer";
import type { Trends } from "./answers";
import type { Parameters } from "./api";
import { FIELDS } from "./numbers";
import { groupings, type Grouping, type View } from "./view";

export const TRENDS = "/api/usage/trends";

export type Usage = Record<Grouping, Asked<Trends>>;

export function useUsage(view: View, asked: Parameters): Usage {
  const possible = groupings(view);
  const by = (grouping: Grouping, isShown = true) =>
    useAnswer<Trends>(isShown && possible.includes(grouping) ? TRENDS : null, {
      ...asked, groupBy: grouping, sortBy: FIELDS[view.metric],
    });
  return { model: by("model"), type: by("type", view.by === "type"), app: by("app"), user: by("user") };
}
