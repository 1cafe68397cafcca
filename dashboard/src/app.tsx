// Who is here: nobody yet, somebody whose session has ended, or somebody.

import { useCallback, useEffect, useState } from "preact/hooks";
import { get, Refusal } from "./api";
import type { Me } from "./answers";
import { Home } from "./home";
import { Failure } from "./notices";
import { arrive, sessionToken, signOut } from "./session";
import { SignIn } from "./sign_in";

type State = { at: "door"; reason?: string } | { at: "checking" } | { at: "failure"; refusal: Refusal } | { at: "home"; me: Me };

export function App() {
  const [state, setState] = useState<State>({ at: "checking" });

  const enter = useCallback((isPasted = false) => {
    if (!sessionToken()) {
      setState({ at: "door" });
      return;
    }
    get<Me>("/api/user/me").then(
      (me) => {
        if (me.role === "recorder") {
          signOut();
          setState({ at: "door", reason: "That is the key of a gateway: it records calls and reads nothing." });
        } else {
          setState({ at: "home", me });
        }
      },
      (refusal: Refusal) => {
        if (refusal.isExpired && isPasted) {
          signOut();
          setState({ at: "door", reason: `The ledger doesn't accept this: ${refusal.message}.` });
        } else if (refusal.isExpired) {
          expire();
        } else {
          setState({ at: "failure", refusal });
        }
      },
    );
  }, []);

  const expire = useCallback(() => {
    signOut();
    setState({ at: "door", reason: "Your session has ended. Sign in again to go on where you were." });
  }, []);

  const leave = useCallback(() => {
    signOut();
    history.replaceState(null, "", "/");
    setState({ at: "door" });
  }, []);

  useEffect(() => {
    enter();
    const arrived = () => {
      arrive();
      enter();
    };
    addEventListener("hashchange", arrived);
    return () => removeEventListener("hashchange", arrived);
  }, []);

  useEffect(() => {
    if (state.at !== "home") {
      return undefined;
    }
    addEventListener("sessionend", expire);
    return () => removeEventListener("sessionend", expire);
  }, [state.at]);

  switch (state.at) {
    case "checking":
      return <div class="checking" role="status"><span class="hidden">Signing in</span></div>;
    case "door":
      return <SignIn {...(state.reason ? { reason: state.reason } : {})} onToken={() => enter(true)} />;
    case "failure":
      return <main class="door"><Failure refusal={state.refusal} onAgain={() => enter()} /></main>;
    case "home":
      return <Home me={state.me} onLeave={leave} />;
  }
}
