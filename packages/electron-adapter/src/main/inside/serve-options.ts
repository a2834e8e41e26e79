// The options of serveAuth: checked in full, defaults filled in once.
import type { ServeAuthOptions } from "../serve-auth.js";
import { createFetchRules, type CheckRequest } from "./fetch-rules.js";
import { createOrigins, type IsOwn } from "./origins.js";
import type { Refusal } from "./refusals.js";
import { ALLOWED, type View } from "./window-state.js";

const OPTIONS = [
  "origins",
  "claims",
  "allow",
  "fetch",
  "onRefused",
  "signal",
  "electron",
] as const satisfies (keyof ServeAuthOptions)[];

export interface ResolvedServeOptions {
  readonly isOwn: IsOwn;
  readonly view: View;
  readonly check: CheckRequest;
  readonly onRefused: (refusal: Refusal) => void;
  readonly signal: AbortSignal;
}

export function resolveServeOptions(options: ServeAuthOptions): ResolvedServeOptions {
  const unknown = Object.keys(options).find((name) => !(OPTIONS as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new TypeError(
      `serveAuth has no option ${JSON.stringify(unknown)}. It takes ${OPTIONS.join(", ")}.`,
    );
  const { origins, claims = [], allow = [], fetch = [], onRefused = () => {}, signal } = options;
  if (!Array.isArray(claims) || !claims.every((name) => typeof name === "string"))
    throw new TypeError('claims is no list of names. Write such as ["sub", "name"].');
  if (!Array.isArray(allow) || !allow.every((name) => ALLOWED.includes(name)))
    throw new TypeError(`allow is no list of ${ALLOWED.map((name) => JSON.stringify(name)).join(", ")}.`);
  if (typeof onRefused !== "function") throw new TypeError("onRefused is not a function.");
  return {
    isOwn: createOrigins(origins),
    view: { claims: [...claims], allow: new Set(allow) },
    check: createFetchRules(fetch),
    onRefused,
    signal: signal ?? new AbortController().signal,
  };
}
