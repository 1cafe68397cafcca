// A key for a gateway: made, and shown once.

import { useState } from "preact/hooks";
import type { NewKey } from "./answers";
import { Refusal, send } from "./api";
import { Copy } from "./copy";

export function NewGatewayKey({ onMade }: { onMade: (key: string) => void }) {
  const [name, setName] = useState("my-gateway");
  const [made, setMade] = useState("");
  const [problem, setProblem] = useState("");

  async function make(event: SubmitEvent) {
    event.preventDefault();
    try {
      const { key } = await send<NewKey>("POST", "/api/admin/keys", { name: name.trim(), role: "recorder" });
      setMade(key);
      onMade(key);
      setProblem("");
    } catch (error) {
      setProblem(error instanceof Refusal ? error.message : "The key couldn't be made. Try again.");
    }
  }

  if (made) {
    return <p class="secret"><code>{made}</code> <Copy text={made} /> <small class="quiet">It is shown only now.</small></p>;
  }
  return (
    <form class="one" onSubmit={make}>
      <input aria-label="Name of the gateway" required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      <button type="submit">Make a key</button>
      {problem && <span class="flag" role="alert">{problem}</span>}
    </form>
  );
}
