// As of when everything in sight is, and whether bringing it up to date fails.

import { useEffect, useRef, useState } from "preact/hooks";
import type { Refusal } from "./api";

interface Freshness {
  /** Unix seconds: when the oldest answer in sight was asked for. */
  asOf: number;
  /** Why the last attempt to ask for it anew failed. */
  refusal: Refusal | undefined;
}

const MINUTE = 60_000;
const inSight = new Map<object, Freshness>();

/** Ask for everything in sight anew. */
export function refresh(): void {
  dispatchEvent(new Event("refresh"));
}

/** Every minute while the page is looked at, and as soon as it is looked at again or is online again. */
export function keepFresh(): void {
  const unlessHidden = () => document.hidden || refresh();
  setInterval(unlessHidden, MINUTE);
  document.addEventListener("visibilitychange", unlessHidden);
  addEventListener("online", unlessHidden);
}

export function useRefresh(ask: () => void): void {
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    const follow = () => latest.current();
    addEventListener("refresh", follow);
    return () => removeEventListener("refresh", follow);
  }, []);
}

/** Say how fresh an answer is, for as long as it is shown; undefined while there is none. */
export function useShown(asOf: number | undefined, refusal: Refusal | undefined): void {
  useEffect(() => {
    if (asOf === undefined) {
      return undefined;
    }
    const answer = {};
    inSight.set(answer, { asOf, refusal });
    dispatchEvent(new Event("freshness"));
    return () => {
      inSight.delete(answer);
      dispatchEvent(new Event("freshness"));
    };
  }, [asOf, refusal]);
}

/** Of everything in sight; undefined where nothing is. */
export function useFreshness(): Freshness | undefined {
  const [known, setKnown] = useState<Freshness>();
  useEffect(() => {
    const look = () => {
      const all = [...inSight.values()];
      const asOf = Math.min(...all.map((each) => each.asOf));
      setKnown(all.length ? { asOf, refusal: all.find((each) => each.refusal)?.refusal } : undefined);
    };
    look();
    addEventListener("freshness", look);
    return () => removeEventListener("freshness", look);
  }, []);
  return known;
}
