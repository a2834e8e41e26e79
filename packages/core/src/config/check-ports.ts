// Whether the ports are there at all. The compiler says so too, but not in JavaScript.
import { AuthError } from "../ground/errors.js";
import type { AuthPorts } from "../ports/ports.js";

type Optional = {
  [Name in keyof AuthPorts]: undefined extends AuthPorts[Name] ? Name : never;
}[keyof AuthPorts];

const REQUIRED: Readonly<Record<Exclude<keyof AuthPorts, Optional>, "function" | "object">> = {
  listenForRedirect: "function",
  openBrowser: "function",
  store: "object",
  withLock: "function",
  clock: "object",
};

/** Throws `invalid_config` and names what is missing. */
export function checkPorts(ports: Partial<AuthPorts> | undefined): void {
  const given: Readonly<Record<string, unknown>> = { ...ports };
  const missing = Object.entries(REQUIRED)
    .filter(([name, kind]) => typeof given[name] !== kind || !given[name])
    .map(([name]) => name);
  if (missing.length > 0)
    throw new AuthError("invalid_config", `The ports are missing, or no ports: ${missing.join(", ")}.`, {
      detail: "ports",
      hint: 'In Node give createNodePorts({ appName: "my-app" }), of @loopkey/node-adapter.',
    });
}
