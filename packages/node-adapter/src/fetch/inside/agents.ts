// Connections that are kept for the next request, an agent a scheme and a trust, made at the first need.
import type { Agent } from "node:http";
import type { SecureContext } from "node:tls";

/** As Node's own fetch: many servers close after five. One that says so itself (`Keep-Alive`) is believed. */
const IDLE_MS = 4_000;

const agents = new Map<string | SecureContext, Agent>();

/** A connection that waits for the next request does not keep the process alive. `trust`: @default Node's own */
export function agentFor({ protocol }: URL, trust?: SecureContext): Agent {
  const isSecure = protocol === "https:";
  const key = isSecure && trust !== undefined ? trust : protocol;
  const made = agents.get(key);
  if (made) return made;
  const options = { keepAlive: true, timeout: IDLE_MS };
  const agent = isSecure
    ? new (process.getBuiltinModule("node:https").Agent)({
        ...options,
        ...(trust && { secureContext: trust }),
      })
    : new (process.getBuiltinModule("node:http").Agent)(options);
  agents.set(key, agent);
  return agent;
}
