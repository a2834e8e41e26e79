// The client's commands, as a window may give them.
import { AuthError, type AuthClient } from "@loopkey/core";
import type { Command } from "../../protocol.js";
import { claimsFor, mayCall, sessionFor, type Allowed, type View } from "./window-state.js";

/** Why a window may not call it, or undefined. */
export function whyNot(command: Command, view: View): AuthError | undefined {
  if (command.name === "userInfo") return undefined;
  if (!mayCall(command.name, view)) return notAllowed(command.name, command.name as Allowed);
  if (command.name !== "signIn") return undefined;
  const { flow, openBrowser } = command.options;
  if (flow === "device" && !view.allow.has("useDeviceCode"))
    return notAllowed('signIn with flow: "device"', "useDeviceCode");
  if (openBrowser === false && !view.allow.has("url"))
    return notAllowed("signIn with openBrowser: false", "url");
  return undefined;
}

export async function runCommand(
  client: AuthClient,
  command: Command,
  view: View,
  signal: AbortSignal,
): Promise<unknown> {
  if (command.name === "signIn") return sessionFor(await client.signIn({ ...command.options, signal }), view);
  if (command.name === "signOut") return client.signOut({ ...command.options, signal });
  if (command.name === "userInfo") return claimsFor(await client.userInfo(), view);
  if (command.name === "submitRedirect") client.submitRedirect(command.url);
  else client[command.name]();
  return undefined;
}

function notAllowed(what: string, name: Allowed): AuthError {
  return new AuthError("invalid_config", `This window may not call ${what}.`, {
    detail: "not_allowed",
    hint: `If it is meant to, name "${name}" in \`allow\` of serveAuth.`,
  });
}
