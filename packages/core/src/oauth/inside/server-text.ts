// What is kept of a server between processes, as text: its metadata and its keys, with their times. Not a secret; whether it is the
// one that a session was saved with is told by its hash.
import type { AuthorizationServer, JWKS } from "oauth4webapi";

/** The times are those of the wall clock, in epoch milliseconds. */
export interface KeptServer {
  /** The address that was asked: another one may be of another document. */
  readonly from: string;
  readonly fetchedAt: number;
  readonly server: AuthorizationServer;
  readonly keys?: { readonly jwks: JWKS; readonly until: number } | undefined;
}

/** A server that says more of itself is asked each time. */
const LONGEST = 512 * 1024;
const VERSION = 1;

/** Undefined where it is too long to be kept. */
export function writeServerText(kept: KeptServer): string | undefined {
  const text = JSON.stringify({ v: VERSION, ...kept });
  return text.length > LONGEST ? undefined : text;
}

/** Of a text whose hash is right: we have written it. Undefined for one that another version wrote in another way. */
export function readServerText(text: string): KeptServer | undefined {
  const { v, ...kept } = JSON.parse(text) as KeptServer & { readonly v: number };
  return v === VERSION ? kept : undefined;
}

/** SHA-256, as base64url. */
export async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(digest)))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
