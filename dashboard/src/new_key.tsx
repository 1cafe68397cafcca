// A key for a gateway: made, and shown once.

import { useState } from "preact/hooks";
import { useAction } from "./action";
import type { NewKey } from "./answers";
import { send } from "./api";
import { Secret } from "./secret";

export function NewGatewayKey({ onMade }: { onMade: (key: string) => void }) {
  const [name, setName] = useState("my-gateway");
  const [made, setMade] = useState("");
  const { run, isBusy, problem } = useAction(async () => {
    const { key } = await send<NewKey>("POST", "/api/admin/keys", { name: name.trim(), role: "recorder" });
    setMade(key);
    onMade(key);
  });

  function submit(event: SubmitEvent) {
    event.preventDefault();
    run();
  }

  return made ? (
    <Secret text={made} />
  ) : (
    <form class="one" onSubmit={submit}>
      <input aria-label="Name of the gateway" required maxLength={100} value={name} onInput={(event) => setName(event.currentTarget.value)} />
      <button type="submit" disabled={isBusy}>Make a key</button>
      {problem && <span class="flag" role="alert">{problem}</span>}
    </form>
  );
}
