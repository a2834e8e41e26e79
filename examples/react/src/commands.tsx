// A button for each command that can be given now, and nothing else.
import type { Command } from "@loopkey/core";
import { useState, type SyntheticEvent } from "react";
import type { Auth } from "./use-auth-state.js";

export const LABELS = {
  signIn: "Sign in",
  useDeviceCode: "Use a code on another device",
  cancel: "Cancel",
  signOut: "Sign out",
} as const satisfies Partial<Record<Command, string>>;

const hasLabel = (command: Command): command is keyof typeof LABELS => command in LABELS;

export function Commands({ auth, can }: { readonly auth: Auth; readonly can: readonly Command[] }) {
  return (
    <>
      {can.filter(hasLabel).map((command) => (
        <button key={command} onClick={() => give(auth, command)}>
          {LABELS[command]}
        </button>
      ))}
      {can.includes("submitRedirect") && <Paste auth={auth} />}
    </>
  );
}

/** What comes of it is in the state: it is shown from there. */
function give(auth: Auth, command: keyof typeof LABELS): void {
  void Promise.resolve(auth[command]()).catch(() => {});
}

/** For a browser on another machine: the address that it could not open. */
function Paste({ auth }: { readonly auth: Auth }) {
  const [problem, setProblem] = useState("");
  function submit(event: SyntheticEvent<HTMLFormElement>): void {
    event.preventDefault();
    const address = new FormData(event.currentTarget).get("address");
    try {
      auth.submitRedirect(typeof address === "string" ? address : "");
    } catch (error) {
      setProblem(error instanceof Error ? error.message : String(error));
    }
  }
  return (
    <form onSubmit={submit}>
      <label>
        The address you ended up at <input name="address" />
      </label>
      <button>Go on</button>
      <p role="status">{problem}</p>
    </form>
  );
}
