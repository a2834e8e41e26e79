// Nobody is signed in, with the reason where there is one.
import type { Auth, AuthState, StateOf } from "../auth.js";
import { Globe, Lock, Moon } from "../parts/icons.js";
import { Notice } from "../parts/notice.js";

interface Props {
  readonly auth: Auth;
  readonly reason: StateOf<"idle">["reason"];
  readonly can: AuthState["can"];
}

/** What the person did themselves is no fault, and needs no warning. */
const THEIR_OWN = ["signed_out", "cancelled"];
/** Nothing is broken; it only ended. */
const ENDED = ["session_ended", "signed_out_elsewhere", "account_changed"];

export function SignedOut({ auth, reason, can }: Props) {
  const isFault = reason !== undefined && !THEIR_OWN.includes(reason.code);
  // How it ends is told by the next state.
  const signIn = (): void => void auth.signIn().catch(() => {});
  return (
    <section className="card">
      <h1>{reason?.code === "signed_out" ? "You are signed out" : "Your notes, on your desk"}</h1>
      <p className="lead">
        {reason?.code === "signed_out"
          ? "Nothing of your session is left on this machine."
          : "Sign in to read them. Your browser does the asking; this app never sees your password."}
      </p>
      {isFault && <Notice tone={ENDED.includes(reason.code) ? "warn" : "bad"} failure={reason} />}
      {can.includes("signIn") && (
        <button className="primary wide" onClick={signIn}>
          Sign in with your browser
        </button>
      )}
      {!isFault && <Promises />}
    </section>
  );
}

function Promises() {
  return (
    <ul className="promises">
      <li>
        <Globe />
        <span>Your own browser, with its passwords and passkeys</span>
      </li>
      <li>
        <Lock />
        <span>The session stays in this machine’s keyring</span>
      </li>
      <li>
        <Moon />
        <span>It survives sleep, a bad network and a restart</span>
      </li>
    </ul>
  );
}
