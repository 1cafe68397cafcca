// The address bar is the page's state: links go there without loading the page again, and Back comes back.

import { useEffect, useState } from "preact/hooks";
import { PLACES } from "./places";

export function go(address: string, how: "push" | "replace" = "push"): void {
  if (address !== location.pathname + location.search) {
    history[how === "push" ? "pushState" : "replaceState"](null, "", address);
    dispatchEvent(new Event("navigate"));
  }
}

export interface Address {
  path: string;
  query: string;
}

const here = (): Address => ({ path: location.pathname, query: location.search });

export function useAddress(): Address {
  const [address, setAddress] = useState(here);
  useEffect(() => {
    const follow = () => setAddress(here());
    follow();
    addEventListener("popstate", follow);
    addEventListener("navigate", follow);
    return () => {
      removeEventListener("popstate", follow);
      removeEventListener("navigate", follow);
    };
  }, []);
  return address;
}

/** Follow the page's own links here, unless somebody wants them in another tab or window. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link && isPlain && link.origin === location.origin && Object.hasOwn(PLACES, link.pathname) && !link.hash && !link.download) {
      event.preventDefault();
      go(link.pathname + link.search);
    }
  });
}
