// What became of a request: unsent, lost, silent or answered. For what must not be sent twice without need, on a connection of its own.
import type { BareResponse, Fetch } from "../../ports/ports.js";
import { isTransient } from "./errors.js";

/**
 * What is known of a request that failed.
 *
 * - `unsent`: nothing of it went out
 * - `lost`: it was sent, and no answer of the server's came whole
 * - `silent`: it was sent, and there was no answer within our limit
 * - `unclear`: an answer came that may be of somebody in between
 * - `answered`: the server has said what it thinks
 */
export type Fate = "unsent" | "lost" | "silent" | "unclear" | "answered";

/** Follows a request on its way. */
export interface Delivery {
  /** Right before anything is sent, with the connection up where that can be known. What it throws ends the request. */
  readonly onSend: () => void;
  /** There is no answer, or not a whole one. */
  readonly onFailure: (fate: Fate) => void;
}

/** On a connection of its own, where the runtime has that: an idle one may be dead. */
export function deliver(
  fetch: Fetch,
  url: string,
  init: RequestInit,
  onSend: () => void,
): Promise<BareResponse> {
  if (fetch.onOwnConnection) return fetch.onOwnConnection(url, { ...init, onConnected: onSend });
  // It does not say when: after this it may be on its way.
  onSend();
  return (fetch.bare ?? fetch)(url, init);
}

/** A gateway whose server is away, or a server that broke down at work: it may have done what it was asked for. */
const LOST = new Set([500, 502, 504]);

/** Of an answer that was refused. `isVerdict`: it has an error of the protocol in it, or a challenge. */
export async function fateOf(response: Response, isVerdict: boolean): Promise<Fate> {
  const { status, headers, ok } = response;
  if (LOST.has(status)) return "lost";
  if (isTransient(status)) return status === 429 || headers.has("retry-after") ? "answered" : "unclear";
  if (ok) return (await isObject(response)) ? "answered" : "lost";
  return isVerdict ? "answered" : "unclear";
}

async function isObject(response: Response): Promise<boolean> {
  const body: unknown = await response.json().catch(() => undefined);
  return typeof body === "object" && body !== null && !Array.isArray(body);
}

/** Systems say that it was the connection, names and certificates included, that failed; a reset says nothing. */
const NEVER_UP =
  /^(ECONNREFUSED|ENOTFOUND|EAI_\w+|UND_ERR_CONNECT_TIMEOUT|CERT_\w+|UNABLE_TO_\w+|DEPTH_ZERO_\w+|SELF_SIGNED_\w+|ERR_TLS_CERT_\w+|ERR_SSL_WRONG_VERSION_NUMBER)$/;
const WHILE_CONNECTING = new Set(["connect", "getaddrinfo"]);

/** Whether an error of `fetch` says that the connection never came up. */
export function neverConnected(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code, syscall, errors } = error as Partial<Record<"code" | "syscall" | "errors", unknown>>;
  if (typeof syscall === "string" && WHILE_CONNECTING.has(syscall)) return true;
  if (typeof code === "string" && NEVER_UP.test(code)) return true;
  // Several addresses were tried, each by itself.
  if (Array.isArray(errors) && errors.length > 0) return errors.every(neverConnected);
  return neverConnected(error.cause);
}
