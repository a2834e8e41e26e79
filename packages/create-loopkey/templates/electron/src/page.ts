// The window: shows the state of the session, and asks the main process to change it.
import { AuthError, connectAuth, type AuthState } from "@loopkey/electron-adapter/renderer";

const auth = connectAuth();
const element = (id: string): HTMLElement => document.querySelector<HTMLElement>(`#${id}`)!;

function show(state: AuthState): void {
  const name = "session" in state ? (state.session.claims?.["name"] ?? state.session.subject) : undefined;
  element("status").textContent =
    name !== undefined ? `Signed in as ${String(name)}` : `Not signed in (${state.status})`;
  element("sign-in").hidden = !state.can.includes("signIn");
  element("cancel").hidden = !state.can.includes("cancel");
  element("sign-out").hidden = !state.can.includes("signOut");
}

async function attempt(action: () => Promise<unknown>): Promise<void> {
  element("problem").textContent = "";
  try {
    await action();
  } catch (error) {
    if (!(error instanceof AuthError)) throw error;
    if (error.code !== "cancelled") element("problem").textContent = `${error.message} ${error.hint ?? ""}`;
  }
}

element("sign-in").addEventListener("click", () => void attempt(() => auth.signIn()));
element("cancel").addEventListener("click", () => void attempt(async () => auth.cancel()));
element("sign-out").addEventListener("click", () => void attempt(() => auth.signOut()));
auth.subscribe(show);
show(auth.getState());
