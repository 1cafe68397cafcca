import { Copy } from "./copy";

/** A key or a secret that nobody can see again. */
export function Secret({ text }: { text: string }) {
  return <p class="secret"><code>{text}</code> <Copy text={text} /> <small class="quiet">It is shown only now.</small></p>;
}
