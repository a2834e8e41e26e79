// The client's commands, as a window may give them.
import { AuthError, type AuthClient, type SignInOptions } from "@loopkey/core";
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
  switch (command.name) {
    case "signIn":
      return sessionFor(await client.signIn({ ...(command.options as SignInOptions), signal }), view);
    case "cancel":
      return client.cancel();
    case "signOut":
      return client.signOut({ ...command.options, signal });
    case "userInfo":
      return claimsFor(await client.userInfo(), view);
    case "submitRedirect":
      return client.submitRedirect(command.url);
    case "useDeviceCode":
      return client.useDeviceCode();
  }
}

function notAllowed(what: string, name: Allowed): AuthError {
  return new AuthError("invalid_config", `This window may not call ${what}.`, {
    detail: "not_allowed",
    hint: `If it is meant to, name "${name}" in \`allow\` of serveAuth.`,
  });
}
