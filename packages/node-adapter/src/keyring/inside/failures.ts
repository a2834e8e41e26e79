// How the keyring fails, told apart by the words of its messages: the library's `code` is always "GenericFailure".
import { inspect } from "node:util";
import type { PortError } from "@loopkey/core";
import type { KeyringFailureCode } from "../failure-codes.js";
import { keyringHint } from "./hints.js";

export interface KeyringFailure extends PortError {
  readonly code: KeyringFailureCode;
  readonly hint: string;
}

// In order: the first that matches. Those of Linux were seen on a real Secret Service, or stand in dbus-secret-service
// 4.1; those of macOS are Apple's texts for OSStatus -128, -25293, -25307, -25308, those of Windows keyring-rs'.
const PATTERNS: readonly (readonly [KeyringFailureCode, RegExp])[] = [
  ["dismissed", /prompt (was )?dismissed|User cancell?ed the operation/i],
  [
    "locked",
    /object locked|IsLocked|a locked (object|item|collection)|interaction is not allowed|passphrase you entered is not correct/i,
  ],
  ["no_collection", /no result found|default keychain could not be found|NoSuchKeychain/i],
  ["no_logon_session", /NO_SUCH_LOGON_SESSION/],
  ["too_large", /longer than (the )?platform limit/i],
  ["damaged", /data is not (valid )?UTF-?(8|16)|not in the expected format/i],
  // Linux finds an item first and uses it then: in between it was deleted, or its keyring was started again.
  [
    "busy",
    /(No such interface|does not exist).* at path .*\/collection\/[^/]+\/\d+|NoSuchObject|The session does not exist/,
  ],
  ["no_collection", /(No such interface|does not exist).* at path .*\/collection\//],
  ["no_provider", /(No such interface|does not exist).* at path .*\/org\/freedesktop\/secrets/],
  ["ambiguous", /is matched by \d+ credentials/],
  [
    "no_provider",
    /not provided by any \.service files|ServiceUnknown|NameHasNoOwner|Failed to activate service|Process org\.\S+ exited|Failed to execute program|no secret service provider/i,
  ],
  ["not_responding", /Did not receive a reply|without replying|NoReply|connection closed before prompt/i],
  ["bus_refused", /Failed to connect to socket .*: Permission denied/],
  [
    "no_dbus",
    /autolaunch|Failed to connect to socket|Address does not contain|address of the message bus|Failed to open socket|Connection is closed|Connection was disconnected|disconnected from D-Bus|machine-id|Connection refused/i,
  ],
  [
    "backend_unavailable",
    /Cannot find native binding|Cannot find module|Failed to load native binding|ERR_DLOPEN_FAILED|GLIBC_/,
  ],
];

const MESSAGES: Readonly<Record<KeyringFailureCode, string>> = {
  no_dbus: "The system's keyring cannot be reached: there is no D-Bus session.",
  bus_refused:
    "The system's keyring cannot be reached: the D-Bus session is another account's, and refuses this one.",
  no_provider: "There is no keyring on this D-Bus session: no program offers the Secret Service.",
  no_collection: "The system's keyring has no default keyring to keep an entry in.",
  no_logon_session: "This Windows logon has no Credential Manager of its own.",
  locked: "The system's keyring is locked.",
  dismissed: "The keyring is locked, and its prompt was dismissed or could not be shown.",
  timed_out: "The system's keyring did not answer in time.",
  not_responding: "The program that holds the system's keyring does not respond.",
  ambiguous: "The system's keyring holds several entries of this name.",
  too_large: "The session is larger than what the system's keyring takes.",
  damaged: "The session in the system's keyring is damaged.",
  busy: "The system's keyring was changed by another program while it was used.",
  not_kept: "The system's keyring did not give back what it was given.",
  backend_unavailable: "The keyring library for this system could not be loaded.",
  unknown: "The system's keyring failed.",
};

const failures = new WeakSet<object>();

/** What the patterns look at: with their `.*` they would be busy for a minute with 60 kB made for that. */
const LONGEST_MESSAGE = 2_000;

/** Which kind of failure a message tells of. */
export function classifyKeyringMessage(message: string): KeyringFailureCode {
  const beginning = message.slice(0, LONGEST_MESSAGE);
  return PATTERNS.find(([, pattern]) => pattern.test(beginning))?.[0] ?? "unknown";
}

export interface KeyringFailureOptions {
  /** Added to the message: what this one case means. */
  readonly remark?: string;
  /** @default what a person can do about this code on their system */
  readonly hint?: string;
  readonly cause?: unknown;
  readonly platform: NodeJS.Platform;
}

export function keyringFailure(
  code: KeyringFailureCode,
  { remark, cause, platform, hint = keyringHint(code, platform) }: KeyringFailureOptions,
): KeyringFailure {
  const message = remark === undefined ? MESSAGES[code] : `${MESSAGES[code]} ${remark}`;
  const error = new Error(message, cause === undefined ? {} : { cause });
  failures.add(error);
  return Object.assign(error, { code, hint });
}

export interface KeyringErrorContext {
  readonly platform: NodeJS.Platform;
  /** What was to be written. Neither it nor an error that quotes it is passed on. */
  readonly secret?: string;
  /** For an error whose message says nothing known. @default "unknown" */
  readonly otherwise?: KeyringFailureCode;
}

/** What went wrong, from what the library threw. An error that is a KeyringFailure already stays as it is. */
export function toKeyringFailure(
  error: unknown,
  { platform, secret, otherwise = "unknown" }: KeyringErrorContext,
): KeyringFailure {
  if (isKeyringFailure(error)) return error;
  const message = error instanceof Error ? error.message : String(error);
  const known = classifyKeyringMessage(message);
  const code = known === "unknown" ? otherwise : known;
  if (quotes(error, secret)) {
    return keyringFailure(code, { platform, remark: "(The error is left out: it quotes the session.)" });
  }
  const { hint } = (error ?? {}) as Partial<PortError>;
  if (code === "backend_unavailable" && hint !== undefined)
    return keyringFailure(code, { platform, cause: error, remark: message, hint });
  return keyringFailure(code, {
    platform,
    cause: error,
    // People search for the words they see; the other codes have words of their own.
    ...(code === "unknown" && { remark: `It said: ${message}` }),
  });
}

/** Whether the keyring's program has the request, and only its answer is missing: it may be asking a person. */
export function isUnanswered({ code, cause }: KeyringFailure): boolean {
  return code === "not_responding" && cause instanceof Error && /Did not receive a reply/.test(cause.message);
}

function isKeyringFailure(error: unknown): error is KeyringFailure {
  return typeof error === "object" && error !== null && failures.has(error);
}

function quotes(error: unknown, secret: string | undefined): boolean {
  if (secret === undefined || secret === "") return false;
  const shown = inspect(error, { depth: Infinity, maxStringLength: Infinity, maxArrayLength: Infinity });
  return [secret, JSON.stringify(secret).slice(1, -1), inspect(secret).slice(1, -1)].some((text) =>
    shown.includes(text),
  );
}
