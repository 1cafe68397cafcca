// One user or app, by name or did: those in sight at once, others by what the call log finds.

import { useEffect, useId, useState } from "preact/hooks";
import { useAnswer } from "./answer";
import type { CallsPage } from "./answers";
import { CALLS } from "./call_list";
import { named, userName } from "./groups";
import { Name } from "./name";
import type { Usage } from "./usage";
import type { Change, View } from "./view";

const TYPING = 350;
const SHOWN = 8;
const FIELDS = "userName,userDid,appName,appDid";
const DAY = 86_400;
/** So many days back are searched: each call of them may have to be read. */
const DAYS = 30;

interface Found {
  kind: "user" | "app";
  did: string;
  name: string;
}

export function Finder({ usage, onPick }: { usage: Usage; onPick: Change }) {
  const [text, setText] = useState("");
  const [isOpen, setOpen] = useState(false);
  const [place, setPlace] = useState(0);
  const list = useId();
  const { found, isLoading } = useFound(usage, text.trim());
  const current = found[Math.min(place, found.length - 1)];

  function pick({ kind, did }: Found) {
    onPick({ [kind]: did } satisfies Partial<View>);
    setText("");
    setOpen(false);
  }

  function press(event: KeyboardEvent) {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step && isOpen && found.length) {
      event.preventDefault();
      setPlace((Math.min(place, found.length - 1) + step + found.length) % found.length);
    } else if (event.key === "Enter" && isOpen && current) {
      event.preventDefault();
      pick(current);
    } else if (event.key === "Escape") {
      setOpen(false);
    }
  }

  return (
    <div class="finder">
      <input
        role="combobox" aria-label="One user or app" placeholder="One user or app…" autocomplete="off" spellcheck={false}
        aria-expanded={isOpen} aria-controls={list} aria-autocomplete="list" maxLength={256} value={text}
        aria-activedescendant={isOpen && current ? `${list}-${found.indexOf(current)}` : undefined}
        onFocus={() => setOpen(true)} onBlur={() => setOpen(false)} onKeyDown={press}
        onInput={(event) => {
          setText(event.currentTarget.value);
          setPlace(0);
          setOpen(true);
        }}
      />
      <ul id={list} role="listbox" aria-label="Users and apps" hidden={!isOpen || !found.length} aria-busy={isLoading}>
        {found.map((one, at) => (
          <li
            key={one.kind + one.did} id={`${list}-${at}`} role="option" aria-selected={one === current}
            onPointerDown={(event) => event.preventDefault()} onClick={() => pick(one)}
          >
            <Name text={one.name} /> <small class="quiet">{one.kind}</small>
          </li>
        ))}
      </ul>
    </div>
  );
}

/** Whose names have the text; at last whoever has it as did, as there may be calls that the search doesn't reach. */
function useFound(usage: Usage, text: string): { found: Found[]; isLoading: boolean } {
  const searched = usePaused(text);
  const path = searched.length > 1 ? CALLS : null;
  const startTime = (Math.floor(Date.now() / 1000 / DAY) - DAYS) * DAY;
  const question = { allUsers: "true", startTime, search: searched.slice(0, 100), searchFields: FIELDS, pageSize: 100 };
  const asked = useAnswer<CallsPage>(path, question);
  const near: Found[] = (["user", "app"] as const).flatMap((kind) =>
    (usage[kind].answer?.groups ?? []).map((group) => named(group, kind)).filter(({ key }) => key)
      .map(({ key, name }) => ({ kind, did: key, name })),
  );
  const far: Found[] = (asked.answer?.list ?? []).flatMap((call) => [
    { kind: "user" as const, did: call.userDid, name: userName(call.userInfo, call.userDid) },
    ...(call.appInfo ? [{ kind: "app" as const, did: call.appInfo.appDid, name: call.appInfo.appName || call.appInfo.appDid }] : []),
  ]);
  const lower = text.toLowerCase();
  const matching = [...near, ...far].filter(({ did, name }) => `${name}\n${did}`.toLowerCase().includes(lower));
  const unique = [...new Map(matching.map((one) => [`${one.kind} ${one.did}`, one])).values()].slice(0, SHOWN);
  const typed = (["user", "app"] as const).map((kind) => ({ kind, did: text, name: text }));
  const isKnown = unique.some(({ did }) => did === text);
  return { found: text && !isKnown ? [...unique, ...typed] : unique, isLoading: asked.isLoading };
}

/** The text, once nobody has typed for a moment. */
function usePaused(text: string): string {
  const [paused, setPaused] = useState("");
  useEffect(() => {
    const timer = setTimeout(() => setPaused(text), TYPING);
    return () => clearTimeout(timer);
  }, [text]);
  return paused;
}
