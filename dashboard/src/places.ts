// The places of the page, by their paths, each of which the server answers with the page. Other paths are not the page's.

import type { Me } from "./answers";
import { mayReadAll } from "./roles";

export const PLACES = {
  "/": "Overview",
  "/explore": "Explore",
  "/budgets": "Budgets",
  "/administration": "Administration",
} as const;

export type Place = keyof typeof PLACES;

/** Those of somebody: who reads only their own has nothing to administer. */
export const placesOf = (me: Me): Place[] =>
  (Object.keys(PLACES) as Place[]).filter((place) => place !== "/administration" || mayReadAll(me));

const left = new Map<string, string>();

/** Where somebody was in a place when they left it. */
export const addressIn = (place: Place): string => left.get(place) ?? place;

export function remember(path: string, query: string): void {
  left.set(path, path + query);
}
