// The places of the page, by their paths, each of which the server answers with the page. Other paths are not the page's.

export const PLACES = {
  "/": "Overview",
  "/administration": "Administration",
} as const;

export type Place = keyof typeof PLACES;

const left = new Map<string, string>();

/** Where somebody was in a place when they left it. */
export const addressIn = (place: Place): string => left.get(place) ?? place;

export function remember(path: string, query: string): void {
  left.set(path, path + query);
}
