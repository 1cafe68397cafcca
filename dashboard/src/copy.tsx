import { useState } from "preact/hooks";

/** Copies a text, and says so. */
export function Copy({ text }: { text: string }) {
  const [isCopied, setCopied] = useState(false);
  return (
    <button
      type="button" class="copy" aria-live="polite"
      onClick={() => navigator.clipboard.writeText(text).then(() => setCopied(true), () => setCopied(false))}
      onBlur={() => setCopied(false)}
    >
      {isCopied ? "Copied" : "Copy"}
    </button>
  );
}
