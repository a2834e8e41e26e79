// All that crosses between a window and the main process: each message a type, and what the main process checks beside it.
import type { AuthState, Claims, Session, SignOutResult } from "@loopkey/core";
import * as v from "valibot";
import type { ErrorData } from "./error-data.js";
import { CHUNK_BYTES, CREDIT_BYTES } from "./wire.js";

const shortText = v.pipe(v.string(), v.maxLength(2_048));
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(1));
const id = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

/** `SignInOptions` of the core, but for the signal: an abort is a message of its own. */
const signInOptions = v.strictObject({
  openBrowser: v.exactOptional(v.boolean()),
  timeoutMs: v.exactOptional(milliseconds),
  scope: v.exactOptional(shortText),
  prompt: v.exactOptional(shortText),
  loginHint: v.exactOptional(shortText),
  flow: v.exactOptional(v.picklist(["auto", "loopback", "device"])),
  maxAge: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
  acrValues: v.exactOptional(v.pipe(v.array(shortText), v.maxLength(20), v.readonly())),
});

const signOutOptions = v.strictObject({
  browser: v.exactOptional(v.boolean()),
  timeoutMs: v.exactOptional(milliseconds),
});

/** A command of the client, by its name there. */
const command = v.variant("name", [
  v.strictObject({ name: v.literal("signIn"), options: signInOptions }),
  v.strictObject({ name: v.literal("cancel") }),
  v.strictObject({ name: v.literal("signOut"), options: signOutOptions }),
  v.strictObject({ name: v.literal("userInfo") }),
  v.strictObject({ name: v.literal("submitRedirect"), url: v.pipe(v.string(), v.maxLength(16_384)) }),
  v.strictObject({ name: v.literal("useDeviceCode") }),
]);
export type Command = v.InferOutput<typeof command>;

/** What a command comes to, by its name. */
export interface CommandResult {
  readonly signIn: Session;
  readonly cancel: undefined;
  readonly signOut: SignOutResult;
  readonly userInfo: Claims;
  readonly submitRedirect: undefined;
  readonly useDeviceCode: undefined;
}

/** The head of a request; its body follows on the port that comes with it. */
const fetchRequest = v.strictObject({
  url: v.pipe(v.string(), v.maxLength(8_192)),
  method: v.pipe(v.string(), v.regex(/^[A-Z]{1,20}$/)),
  headers: v.pipe(
    v.array(v.strictTuple([v.pipe(v.string(), v.maxLength(128)), v.pipe(v.string(), v.maxLength(8_192))])),
    v.maxLength(100),
  ),
  redirect: v.picklist(["follow", "error", "manual"]),
  hasBody: v.boolean(),
});
export type FetchRequest = v.InferOutput<typeof fetchRequest>;

/** From a document, on its one port. */
export const documentMessage = v.variant("type", [
  /** From now on each state is told. Once a document. */
  v.strictObject({ type: v.literal("subscribe") }),
  v.strictObject({ type: v.literal("call"), id, command }),
  /** Gives up the wait for a call. */
  v.strictObject({ type: v.literal("abort"), id }),
  /** With a port of its own. */
  v.strictObject({ type: v.literal("fetch"), request: fetchRequest }),
  /** The network is back, as the preload hears. */
  v.strictObject({ type: v.literal("online") }),
]);
/** What a call that is none has in common with one: who waits for its answer. */
export const callHead = v.object({ type: v.literal("call"), id });
export type DocumentMessage = v.InferOutput<typeof documentMessage>;

/** To a document, on its one port. */
export type MainMessage =
  | { readonly type: "state"; readonly state: AuthState }
  | { readonly type: "answer"; readonly id: number; readonly value: unknown }
  | { readonly type: "failure"; readonly id: number; readonly error: ErrorData }
  /** The last one: this document is not served, or not any more. */
  | { readonly type: "closed"; readonly error: ErrorData };

const chunk = v.pipe(
  v.instance(Uint8Array),
  v.check(
    ({ byteLength, buffer }) =>
      byteLength > 0 &&
      byteLength <= CHUNK_BYTES &&
      // Of a part of a buffer all of it has crossed.
      buffer.byteLength === byteLength,
  ),
);

/** From a window, on the port of one fetch. */
export const fetchMessage = v.variant("type", [
  v.strictObject({ type: v.literal("chunk"), data: chunk }),
  v.strictObject({ type: v.literal("end") }),
  v.strictObject({ type: v.literal("abort") }),
  /** So many bytes of the answer's body were taken. */
  v.strictObject({
    type: v.literal("credit"),
    bytes: v.pipe(v.number(), v.safeInteger(), v.minValue(1), v.maxValue(CREDIT_BYTES)),
  }),
]);
export type FetchMessage = v.InferOutput<typeof fetchMessage>;

/** To a window, on the port of one fetch. */
export type FetchAnswer =
  | {
      readonly type: "head";
      readonly status: number;
      readonly statusText: string;
      readonly headers: readonly (readonly [string, string])[];
      readonly url: string;
      readonly redirected: boolean;
    }
  | { readonly type: "chunk"; readonly data: Uint8Array }
  | { readonly type: "end" }
  /** So much of the request's body was taken, by `costOf`. */
  | { readonly type: "credit"; readonly bytes: number }
  | { readonly type: "failure"; readonly error: ErrorData };
