import { useEffect, useState } from "preact/hooks";
import type { Me } from "./answers";
import { Mark, Moon, Sun } from "./icons";
import { addressIn, PLACES, placesOf, type Place } from "./places";
import { setTheme, theme } from "./theme";
import { browserZone, isZone, offsetName } from "./zoned_time";

interface Header {
  me: Me;
  place: Place;
  zone: string;
  onZone: (zone: string) => void;
  onLeave: () => void;
}

export function Header({ me, place, zone, onZone, onLeave }: Header) {
  const name = me.userInfo.fullName === "Unknown User" ? me.did : me.userInfo.fullName || me.did;
  return (
    <header class="top">
      <a class="brand" href="/" aria-label="Usage Ledger, start"><Mark /><span>Usage Ledger</span></a>
      <nav aria-label="Places">
        {placesOf(me).map((path) => (
          <a key={path} href={addressIn(path)} aria-current={path === place ? "page" : undefined}>{PLACES[path]}</a>
        ))}
      </nav>
      <ZonePicker zone={zone} onPick={onZone} />
      <ThemeSwitch />
      <div class="me" title={me.did}>
        <span class="name">{name}</span>
        <span class="role">{me.role}</span>
      </div>
      <button type="button" class="leave" onClick={onLeave}>Sign out</button>
    </header>
  );
}

function ZonePicker({ zone, onPick }: { zone: string; onPick: (zone: string) => void }) {
  const [text, setText] = useState(zone);
  useEffect(() => setText(zone), [zone]);
  const isGood = isZone(text);

  return (
    <label class="zone" title="The time zone whose days and hours are shown">
      <span class="hidden">Time zone</span>
      <input
        list="zones" value={text} spellcheck={false} autocomplete="off" aria-invalid={!isGood}
        onInput={(event) => setText(event.currentTarget.value)}
        onFocus={(event) => event.currentTarget.select()}
        onChange={(event) => {
          const picked = event.currentTarget.value.trim() || browserZone();
          if (isZone(picked)) {
            onPick(picked);
          }
        }}
        onBlur={() => setText(zone)}
      />
      <span class="offset" aria-hidden="true">{isGood ? offsetName(text) : "no zone"}</span>
      <datalist id="zones">
        {["UTC", ...Intl.supportedValuesOf("timeZone")].map((name) => <option key={name} value={name} />)}
      </datalist>
    </label>
  );
}

function ThemeSwitch() {
  const [shown, setShown] = useState(theme());
  useEffect(() => {
    const follow = () => setShown(theme());
    addEventListener("themechange", follow);
    return () => removeEventListener("themechange", follow);
  }, []);
  const other = shown === "dark" ? "light" : "dark";
  return (
    <button type="button" class="bare" aria-label={`Switch to ${other}`} title={`Switch to ${other}`} onClick={() => setTheme(other)}>
      {shown === "dark" ? <Sun /> : <Moon />}
    </button>
  );
}
