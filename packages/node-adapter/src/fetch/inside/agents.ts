// Connections that are kept for the next request, an agent a scheme, made at the first need.
import type { Agent } from "node:http";

/** As Node's own fetch: many servers close after five. One that says so itself (`Keep-Alive`) is believed. */
const IDLE_MS = 4_000;

const agents = new Map<string, Agent>();

/** A connection that waits for the next request does not keep the process alive. */
export function agentFor({ protocol }: URL): Agent {
  const made = agents.get(protocol);
  if (made) return made;
  const { Agent } = process.getBuiltinModule(protocol === "https:" ? "node:https" : "node:http");
  const agent = new Agent({ keepAlive: true, timeout: IDLE_MS });
  agents.set(protocol, agent);
  return agent;
}
