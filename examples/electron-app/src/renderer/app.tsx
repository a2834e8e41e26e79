// One window: the screen of the state on the left, what the session went through on the right.
import type { ReactNode } from "react";
import type { Auth, AuthState, Session } from "./auth.js";
import { Logo, Plus } from "./parts/icons.js";
import { Trail } from "./parts/trail.js";
import { Busy } from "./screens/busy.js";
import { SignedIn } from "./screens/signed-in.js";
import { SignedOut } from "./screens/signed-out.js";
import { Waiting } from "./screens/waiting.js";
import { useAuthState } from "./use-auth-state.js";
import { useTrail } from "./use-trail.js";

export function App({ auth }: { readonly auth: Auth }) {
  const state = useAuthState(auth);
  const trail = useTrail(auth);
  return (
    <div className="window">
      <header>
        <span className="brand">
          <Logo /> Fieldbook
        </span>
        {/* The main process makes the window itself; nothing can be opened that it does not know. */}
        <button className="quiet small" onClick={() => void window.open(location.href)}>
          <Plus /> New window
        </button>
      </header>
      <main data-status={state.status}>
        <Screen auth={auth} />
      </main>
      <Trail entries={trail} store={state.store} />
    </div>
  );
}

function Screen({ auth }: { readonly auth: Auth }) {
  const state = useAuthState(auth);
  const session = sessionOf(state);
  return (
    <>
      {/* A stronger sign-in leaves what is there in its place. */}
      {session && <SignedIn auth={auth} state={state} session={session} />}
      {session ? <div className="over">{passing(auth, state)}</div> : passing(auth, state)}
    </>
  );
}

function sessionOf(state: AuthState): Session | undefined {
  if (state.status === "awaiting-callback" || state.status === "exchanging") return state.base;
  return "session" in state ? state.session : undefined;
}

/** What there is to see while nobody is signed in, or over who is. */
function passing(auth: Auth, state: AuthState): ReactNode {
  switch (state.status) {
    case "restoring":
      return <Busy title="One moment" text="Looking for your session." />;
    case "idle":
    case "logged-out":
      return <SignedOut auth={auth} reason={state.reason} can={state.can} />;
    case "awaiting-callback":
      return <Waiting auth={auth} state={state} />;
    case "exchanging":
      return <Busy title="Almost there" text="Your browser is back. Collecting your session." />;
    case "logging-out":
      return (
        <Busy
          title="Signing you out"
          text="The session here is gone. Your browser ends the one at the server."
        />
      );
    case "authenticated":
    case "refreshing":
      break;
  }
  return null;
}
