// A place of several sections, each with an address: which there are, and the one that is shown.

import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import type { Me } from "./answers";
import { Outdated } from "./freshness_notice";
import { Header } from "./header";
import { PLACES, type Place } from "./places";

interface Sectioned<T extends string> {
  me: Me;
  place: Place;
  /** Their titles. */
  sections: Partial<Record<T, string>>;
  /** Of which section it is, and what the browser's tab says of what is shown. */
  current: T;
  title: string;
  addressOf: (section: T) => string;
  zone: string;
  onZone: (zone: string) => void;
  onLeave: () => void;
  children: ComponentChildren;
}

export function Sectioned<T extends string>({ place, current, title, addressOf, children, ...of }: Sectioned<T>) {
  const { me, sections, zone, onZone, onLeave } = of;
  useEffect(() => {
    document.title = [title, PLACES[place], "Usage Ledger"].filter(Boolean).join(" · ");
  }, [place, title]);
  const all = Object.entries(sections) as [T, string][];
  return (
    <>
      <a class="skip" href="#section">Skip to the section</a>
      <Header me={me} place={place} zone={zone} onZone={onZone} onLeave={onLeave} />
      <main class={all.length > 1 ? "sectioned" : ""}>
        <h1 class="hidden">{PLACES[place]}</h1>
        {all.length > 1 && (
          <nav class="sections" aria-label={PLACES[place]}>
            {all.map(([section, name]) => (
              <a key={section} href={addressOf(section)} aria-current={section === current ? "page" : undefined}>{name}</a>
            ))}
          </nav>
        )}
        <div class="section" id="section" tabIndex={-1}>
          <Outdated zone={zone} />
          {children}
        </div>
      </main>
    </>
  );
}
