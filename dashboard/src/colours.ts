// The colour of a group is a matter of what it is, not of its rank: a model has the same one today and over ninety days.

/** So many are in styles/colours.css; tests/unit/test_colours.py says what they have to be. */
const PALETTE = 10;

/** The colour that each key was last seen in. */
const seen = new Map<string, number>();

/**
 * A colour for each key, by the key's hash. Where two would have the same, the one that was seen in it keeps it, and the
 * other takes the next that is free, so that whatever is shown together differs.
 */
export function coloursOf(keys: string[]): Map<string, string> {
  const taken = new Map<number, string>();
  for (const key of keys.toSorted((one, other) => Number(seen.has(other)) - Number(seen.has(one)) || (one < other ? -1 : 1))) {
    let place = seen.get(key) ?? hash(key) % PALETTE;
    while (taken.has(place) && taken.size < PALETTE) {
      place = (place + 1) % PALETTE;
    }
    taken.set(place, key);
    seen.set(key, place);
  }
  return new Map([...taken].map(([place, key]) => [key, `c${place}`]));
}

/** FNV-1a. */
function hash(text: string): number {
  let code = 0x811c9dc5;
  for (const byte of new TextEncoder().encode(text)) {
    code = Math.imul(code ^ byte, 0x01000193) >>> 0;
  }
  return code;
}
