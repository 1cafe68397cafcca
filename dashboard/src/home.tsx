// The place where somebody is who is signed in. The overview is there at once, others are loaded when they are visited.

import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Me } from "./answers";
import { useAddress } from "./navigation";
import { Empty, Skeleton } from "./notices";
import { Overview } from "./overview";
import { remember, type Place } from "./places";

interface Visited {
  me: Me;
  query: string;
  onLeave: () => void;
}

const VISITED: Record<Exclude<Place, "/">, () => Promise<ComponentType<Visited>>> = {
  "/explore": () => import("./explore/explore").then(({ Explore }) => Explore),
  "/budgets": () => import("./budgets/budgets").then(({ Budgets }) => Budgets),
  "/administration": () => import("./administration/administration").then(({ Administration }) => Administration),
};

export function Home({ me, onLeave }: { me: Me; onLeave: () => void }) {
  const { path, query } = useAddress();
  useEffect(() => remember(path, query), [path, query]);
  const load = Object.entries(VISITED).find(([place]) => place === path)?.[1];
  return load ? (
    <Loaded key={path} load={load} me={me} query={query} onLeave={onLeave} />
  ) : (
    <Overview me={me} query={query} onLeave={onLeave} />
  );
}

function Loaded({ load, ...visited }: Visited & { load: () => Promise<ComponentType<Visited>> }) {
  const [loaded, setLoaded] = useState<{ place?: ComponentType<Visited>; isGone?: boolean }>({});
  useEffect(() => {
    load().then((place) => setLoaded({ place }), () => setLoaded({ isGone: true }));
  }, [load]);
  if (loaded.isGone) {
    return (
      <main>
        <Empty title="This part of the page can't be loaded">
          <p>The connection is lost, or the ledger was updated and the page has to be loaded again.</p>
          <button type="button" onClick={() => location.reload()}>Load the page again</button>
        </Empty>
      </main>
    );
  }
  return loaded.place ? <loaded.place {...visited} /> : <main><Skeleton lines={8} /></main>;
}
