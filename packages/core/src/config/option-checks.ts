// What is checked of an option, wherever one is taken: each mistake is `invalid_config`, with the option as its detail.
import { AuthError } from "../ground/errors.js";
import { parseLoopbackUri } from "./loopback-uri.js";
import { probably } from "./spelling.js";

/** `why` goes on after the option's name, and says what to write. */
export function wrongOption(name: string, why: string): AuthError {
  return new AuthError("invalid_config", `The option "${name}" ${why}.`, { detail: name });
}

/** JavaScript takes a name that is misspelt, and does nothing with it. */
export function refuseUnknown(options: object, known: readonly string[]): void {
  const unknown = Object.keys(options).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  const meant = probably(unknown, known);
  const guess = meant === undefined ? "" : ` Did you mean "${meant}"?`;
  throw wrongOption(unknown, `is not known.${guess} Known are ${known.join(", ")}`);
}

export function text(name: string, value: unknown, what: string): string {
  if (typeof value !== "string") throw wrongOption(name, `must be a string. Write ${what}`);
  if (value.trim() === "") throw wrongOption(name, `must not be empty. Write ${what}`);
  return value;
}

/** May be empty: nothing is asked for by name. */
export function scopeOf(name: string, value: unknown): string {
  return value === "" ? "" : text(name, value, 'a list like "openid offline_access", or ""');
}

export function oneOf<T>(name: string, value: T, allowed: readonly T[]): T {
  if (!allowed.includes(value))
    throw wrongOption(name, `must be one of ${allowed.map((each) => JSON.stringify(each)).join(", ")}`);
  return value;
}

export function positive(name: string, value: unknown, unit: string): number {
  if (!isNumber(value) || value <= 0)
    throw wrongOption(name, `must be a positive number of ${unit}, not ${shown(value)}`);
  return value;
}

export function notNegative(name: string, value: unknown, unit: string): number {
  if (!isNumber(value) || value < 0)
    throw wrongOption(name, `must be 0 or a positive number of ${unit}, not ${shown(value)}`);
  return value;
}

/** The URIs by themselves; that they are a list of strings is known. */
export function checkLoopback(name: string, uris: readonly string[]): void {
  for (const uri of uris) {
    try {
      parseLoopbackUri(uri);
    } catch (error) {
      throw new AuthError("invalid_config", (error as Error).message, { detail: name });
    }
  }
}

export function callback<T>(name: string, value: T): T {
  if (value !== undefined && typeof value !== "function") throw wrongOption(name, "must be a function");
  return value;
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value);
}

/** `"5"` is not 5. */
function shown(value: unknown): string {
  return typeof value === "string" ? JSON.stringify(value) : String(value);
}
