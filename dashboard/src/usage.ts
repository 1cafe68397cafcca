// What was used, told apart by each thing that it can be told apart by: asked once, for the chart and the rankings.

import { useAnswer, type Asked } from "./answer";
import type { Trends } from "./answers";
import { FIELDS } from "./numbers";
import { groupings, type Grouping, type Question, type View } from "./view";

export const TRENDS = "/api/usage/trends";
export const QUERY = "/api/usage/query";

export type Usage = Record<Grouping, Asked<Trends>>;

export function useUsage(view: View, { parameters, about }: Question): Usage {
  const possible = groupings(view);
  const by = (grouping: Grouping, isShown = true) => {
    const path = isShown && possible.includes(grouping) ? TRENDS : null;
    return useAnswer<Trends>(path, { ...parameters, groupBy: grouping, sortBy: FIELDS[view.metric] }, about + grouping);
  };
  return { model: by("model"), type: by("type", view.by === "type"), app: by("app"), user: by("user") };
}
