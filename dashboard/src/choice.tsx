// One of a few, all of them in sight: radio buttons, so that arrow keys and screen readers know what to do.

import { useEffect, useRef, useState } from "preact/hooks";

/** Milliseconds: arrow keys choose all that they pass, and only where they stay is meant. */
const PAUSE = 400;

interface Choice<T extends string> {
  label: string;
  name: string;
  options: Partial<Record<T, string>>;
  /** Undefined where none of them is it. */
  value: T | undefined;
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, name, options, value, onChange }: Choice<T>) {
  const [passed, setPassed] = useState<T>();
  const isKey = useRef(false);
  const latest = useRef(onChange);
  latest.current = onChange;

  useEffect(() => {
    if (passed === undefined) {
      return undefined;
    }
    const timer = setTimeout(() => {
      latest.current(passed);
      setPassed(undefined);
    }, PAUSE);
    return () => clearTimeout(timer);
  }, [passed]);

  const shown = passed ?? value;
  return (
    <fieldset
      class="choice"
      onKeyDown={({ key }) => (isKey.current = key.startsWith("Arrow"))}
      onPointerDown={() => (isKey.current = false)}
    >
      <legend class="hidden">{label}</legend>
      {(Object.entries(options) as [T, string][]).map(([option, text]) => (
        <label key={option}>
          <input
            type="radio" name={name} value={option} checked={option === shown}
            onChange={() => (isKey.current ? setPassed(option) : onChange(option))}
          />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
