// What usage is made of: how a group is called, what picking it does, and which groups a chart tells apart.

import type { Group } from "./answers";
import { FIELDS } from "./numbers";
import { TYPES, type MetricName } from "./labels";
import type { Grouping, View } from "./view";

/** So many groups a chart tells apart; more colours are hard to find again. */
const APART = 7;
export const OTHERS = "\0others";

/** A group as it is shown; `pick` is what the view becomes when it is clicked, for those that can be. */
export interface Named {
  key: string;
  name: string;
  detail: string;
  group: Group;
  pick?: Partial<View>;
}

export function named(group: Group, by: Grouping): Named {
  switch (by) {
    case "model": {
      const [model = "", provider = ""] = [group.model, group.providerId];
      return {
        key: `${provider}/${model}`,
        name: model,
        detail: group.provider?.displayName ?? provider,
        group,
        pick: { model, provider },
      };
    }
    case "type": {
      const type = group.type ?? "";
      return { key: type, name: TYPES[type] ?? type, detail: "", group, pick: { type } };
    }
    case "app": {
      const app = group.appDid ?? "";
      if (!app) {
        return { key: "", name: "No app", detail: "", group };
      }
      const name = group.appInfo?.appName || app;
      return { key: app, name, detail: name === app ? "" : app, group, pick: { app } };
    }
    case "user": {
      const user = group.userDid ?? "";
      const name = userName(group.userInfo, user);
      return { key: user, name, detail: name === user ? "" : user, group, pick: { user } };
    }
  }
}

export function userName(info: { fullName: string } | undefined, did: string): string {
  return info?.fullName && info.fullName !== "Unknown User" ? info.fullName : did;
}

/** The largest groups, and what all others have together. */
export function toldApart(groups: Group[], rest: Group | null, by: Grouping): Named[] {
  const largest = groups.slice(0, APART).map((group) => named(group, by));
  const left = [...groups.slice(APART), ...(rest ? [rest] : [])];
  return left.length ? [...largest, others(left.reduce(together))] : largest;
}

/** Those that are not among the largest. */
export function others(group: Group): Named {
  return { key: OTHERS, name: "Others", detail: "", group };
}

function together(one: Group, other: Group): Group {
  const byBucket = { ...one.byBucket };
  for (const field of Object.values(FIELDS)) {
    byBucket[field] = one.byBucket[field].map((value, place) => value + (other.byBucket[field][place] ?? 0));
  }
  return {
    ...one,
    byBucket,
    totalCredits: one.totalCredits + other.totalCredits,
    totalCalls: one.totalCalls + other.totalCalls,
    totalTokens: one.totalTokens + other.totalTokens,
    unpricedCalls: one.unpricedCalls + other.unpricedCalls,
  };
}

export const measured = (group: Group, metric: MetricName): number => group[FIELDS[metric]];
