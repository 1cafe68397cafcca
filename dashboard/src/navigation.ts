// The address bar is the page's state: links go there without loading the page again, and Back comes back.

import { useEffect, useState } from "preact/hooks";

/** The paths that the page itself shows; others, such as /docs, the server answers. */
const OWN = ["/"];

export function go(address: string, how: "push" | "replace" = "push"): void {
  if (address !== location.pathname + location.search) {
    history[how === "push" ? "pushState" : "replaceState"](null, "", address);
    dispatchEvent(new Event("navigate"));
  }
}

/** The query of the address, without what is asked for it. */
export function useQuery(): string {
  const [query, setQuery] = useState(location.search);
  useEffect(() => {
    const follow = () => setQuery(location.search);
    follow();
    addEventListener("popstate", follow);
    addEventListener("navigate", follow);
    return () => {
      removeEventListener("popstate", follow);
      removeEventListener("navigate", follow);
    };
  }, []);
  return query;
}

/** Follow the page's own links here, unless somebody wants them in another tab or window. */
export function followLinks(): void {
  document.addEventListener("click", (event) => {
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    if (link && isPlain && link.origin === location.origin && OWN.includes(link.pathname) && !link.hash && !link.download) {
      event.preventDefault();
      go(link.pathname + link.search);
    }
  });
}
