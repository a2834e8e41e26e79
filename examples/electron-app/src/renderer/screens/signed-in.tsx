// Somebody is signed in: who, what the API says to them, and the way out.
import { useState } from "react";
import { toFailure, type Auth, type AuthState, type Failure, type Session, type StateOf } from "../auth.js";
import { Notes } from "../parts/notes.js";
import { Notice } from "../parts/notice.js";
import { Person } from "../parts/person.js";
import { Vault } from "../parts/vault.js";
import { useNow } from "../use-now.js";

interface Props {
  readonly auth: Auth;
  readonly state: AuthState;
  /** Of the state, or the one that stays while a stronger sign-in is under way. */
  readonly session: Session;
}

type Degraded = NonNullable<StateOf<"authenticated">["degraded"]>;

export function SignedIn({ auth, state, session }: Props) {
  const [failure, setFailure] = useState<Failure>();
  const signOut = (): void => void auth.signOut().catch((error: unknown) => setFailure(toFailure(error)));
  return (
    <section className="signed-in">
      {"degraded" in state && state.degraded && <StillSignedIn degraded={state.degraded} />}
      {failure && <Notice tone="bad" failure={failure} />}
      <Person auth={auth} session={session} onSignOut={state.can.includes("signOut") ? signOut : undefined} />
      <Notes auth={auth} />
      <Vault auth={auth} />
    </section>
  );
}

/** The last refresh failed for the time being, or for good where no next one is planned. Nothing is lost, so this is told calmly. */
function StillSignedIn({ degraded }: { readonly degraded: Degraded }) {
  const now = useNow();
  if (degraded.nextRetryAt === undefined) return <Notice tone="warn" failure={degraded} />;
  const seconds = Math.max(0, Math.ceil((degraded.nextRetryAt - now) / 1_000));
  return (
    <Notice
      tone="warn"
      failure={{
        code: degraded.code,
        message: "You are still signed in, but the server cannot be reached.",
        hint: seconds > 0 ? `Trying again in ${seconds} s.` : "Trying again now.",
      }}
    />
  );
}
