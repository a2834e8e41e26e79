// A page that signs a person in: one heading for each state, what there is to know, and the commands of the moment.
import type { AuthState } from "@loopkey/core";
import { Commands } from "./commands.js";
import { useAuthState, type Auth } from "./use-auth-state.js";

export { LABELS } from "./commands.js";
export { useAuthState, type Auth } from "./use-auth-state.js";

/** By status, or by step while the person signs in. */
export const HEADINGS = {
  restoring: "One moment",
  idle: "Welcome",
  preparing: "Getting ready",
  waiting: "Finish in your browser",
  device: "Enter the code",
  exchanging: "Almost there",
  authenticated: "You are signed in",
  refreshing: "You are signed in, and stay so",
  "logging-out": "Signing you out",
  "logged-out": "You are signed out",
} as const;

export function SignInPage({ auth }: { readonly auth: Auth }) {
  const state = useAuthState(auth);
  return (
    <main>
      <h1>{HEADINGS["step" in state ? state.step : state.status]}</h1>
      <Facts state={state} />
      <Commands auth={auth} can={state.can} />
    </main>
  );
}

function Facts({ state }: { readonly state: AuthState }) {
  switch (state.status) {
    case "idle":
    case "logged-out":
      return state.reason && <p role="alert">{state.reason.message}</p>;
    case "awaiting-callback":
      return (
        <>
          {state.base && <p className="base">You stay signed in meanwhile.</p>}
          {state.browser === "failed" && <p className="no-browser">No browser could be opened here.</p>}
          {state.device && <output>{state.device.userCode}</output>}
        </>
      );
    case "exchanging":
      return state.base && <p className="base">You stay signed in meanwhile.</p>;
    case "authenticated":
    case "refreshing":
      return (
        <>
          <p>{state.session.subject}</p>
          {state.degraded && <p role="alert">{state.degraded.message}</p>}
        </>
      );
    case "restoring":
    case "logging-out":
      break;
  }
  return null;
}
