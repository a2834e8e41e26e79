// Which scope a step-up asks for (MCP's authorization specification, step-up authorization flow).
import type { AuthClient } from "../client/auth-client.js";

/** What was granted, what the app asks for at any rate, and what is wanted now; undefined where all of it was granted. */
export function scopeToAsk(
  client: AuthClient,
  always: string | undefined,
  wanted: readonly string[],
): string | undefined {
  const state = client.getState();
  const granted = "session" in state ? state.session.scope : [];
  if (wanted.every((each) => granted.includes(each))) return undefined;
  const first = always?.split(" ").filter(Boolean) ?? [];
  return [...new Set([...first, ...granted, ...wanted])].join(" ");
}
