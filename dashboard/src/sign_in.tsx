import { useState } from "preact/hooks";
import { Mark } from "./icons";
import { signIn } from "./session";

export function SignIn({ reason, onToken }: { reason?: string; onToken: () => void }) {
  const [token, setToken] = useState("");
  const [problem, setProblem] = useState("");

  function enter(event: SubmitEvent) {
    event.preventDefault();
    const pasted = token.trim().replace(/^Bearer\s+/i, "");
    if (!/^[\x21-\x7e]+$/.test(pasted)) {
      setProblem("Paste the whole token: it has no spaces in it.");
      return;
    }
    setProblem("");
    signIn(pasted);
    onToken();
  }

  return (
    <main class="door">
      <form onSubmit={enter}>
        <Mark />
        <h1>Usage Ledger</h1>
        <p class="quiet">What your AI calls used, what they cost, and when.</p>
        {(problem || reason) && <p class="reason" role="alert">{problem || reason}</p>}
        <label for="token">Token or API key</label>
        <input
          id="token" type="password" autocomplete="off" spellcheck={false} autofocus required
          value={token} onInput={(event) => setToken(event.currentTarget.value)}
        />
        <button type="submit" class="primary">Sign in</button>
        <p class="quiet">It is kept until this tab is closed, and sent to nobody but this ledger.</p>
      </form>
    </main>
  );
}
