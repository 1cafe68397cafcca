// One of a few, all of them in sight: radio buttons, so that arrow keys and screen readers know what to do.

interface Choice<T extends string> {
  label: string;
  name: string;
  options: Partial<Record<T, string>>;
  /** Undefined where none of them is it. */
  value: T | undefined;
  onChange: (value: T) => void;
}

export function Choice<T extends string>({ label, name, options, value, onChange }: Choice<T>) {
  return (
    <fieldset class="choice">
      <legend class="hidden">{label}</legend>
      {(Object.entries(options) as [T, string][]).map(([option, text]) => (
        <label key={option}>
          <input type="radio" name={name} value={option} checked={option === value} onChange={() => onChange(option)} />
          <span>{text}</span>
        </label>
      ))}
    </fieldset>
  );
}
