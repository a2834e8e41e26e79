// What a server of the fetch contract is told to put on the wire, and what it saw there.
import type { Fetch } from "../../ports/ports.js";

/** A request as it arrived. */
export interface WireRequest {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  /** By their names in lower case. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
  /** Which of the origin's connections it came on, from 1. */
  readonly connection: number;
}

/** An answer to the letter. */
export interface WireAnswer {
  /** @default 200 */
  readonly status?: number;
  readonly statusText?: string;
  /** As UTF-8. `content-length` is the server's, unless it is said here. */
  readonly headers?: readonly (readonly [string, string])[];
  readonly body?: string | Uint8Array;
  /** What happens in place of a good end. @default it is sent whole */
  readonly ends?: WireEnd;
}

export type WireEnd =
  | "reset" // the connection, before an answer
  | "reset_in_head" // and in the middle of its headers
  | "reset_in_body" // and half of the body
  | "closed_in_body" // in good order, after half of the body
  | "silence" // nothing comes, and the connection stays
  | "silence_in_body" // and half of the body
  | "endless" // the body again and again, for as long as it is taken
  | "not_http";

export interface WireOrigin {
  /** `http://127.0.0.1:1234`, or https. */
  readonly origin: string;
  /** All that has arrived, in its order. */
  readonly requests: readonly WireRequest[];
  /** Connections that were accepted, and TLS is up where there is any. */
  readonly connections: () => number;
  /** Resolves when this one of its connections is closed; that of its last request unless told. */
  readonly closed: (connection?: number) => Promise<void>;
  /** Bytes of bodies that went out. */
  readonly sentBytes: () => number;
  readonly close: () => Promise<void>;
}

export type ServeOrigin = (answer: (request: WireRequest) => WireAnswer) => Promise<WireOrigin>;

export interface FetchCase {
  readonly name: string;
  run(under: { readonly fetch: Fetch; readonly serve: ServeOrigin }): Promise<void>;
}

/** What a promise was rejected with; an error of its own when it was not. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  let value: unknown;
  try {
    value = await promise;
  } catch (error) {
    return error;
  }
  throw new Error(`expected a rejection, got ${String(value)}`);
}

/** The `code` of what lies at the bottom of a failed fetch. */
export function codeOf(error: unknown): string | undefined {
  for (let cause = error; cause instanceof Error; cause = cause.cause)
    if ("code" in cause && typeof cause.code === "string") return cause.code;
  return undefined;
}
