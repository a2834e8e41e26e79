// An app that is killed: reads its record, signs in, refreshes, as it is told; stops dead where it is told to.
// First: it watches the file system before others take its functions.
import { instrument, type CrashMark, type Moment } from "./crashes-moments.js";
import { setTimeout as sleep } from "node:timers/promises";
import { AuthError, createAuthClient, type AuthClient } from "@loopkey/core";
import type { PersonOptions } from "@loopkey/example-identity-provider";
import { createEncryptedFileStore, createKeyringStore, createNodePorts } from "@loopkey/node-adapter";
import { browserOf } from "./person-at-home.js";
import { instant, say } from "./worker.js";

export interface CrashOptions {
  readonly store: "encrypted-file" | "keyring" | "keyring in small parts";
  readonly appName: string;
  readonly issuer: string;
  readonly clientId: string;
  readonly person: PersonOptions;
}

export type CrashOrder =
  | { readonly do: "read" | "get a token" | "sign in" }
  | { readonly do: "refresh"; readonly moment: Moment };

export interface CrashAnswer {
  /** Of `read`: what is stored; null when nothing is. */
  readonly record?: { readonly sessionId: string; readonly generation: number } | null;
  /** Of the API with the token that was got. */
  readonly status?: number;
  readonly error?: string;
}

// Entries as small as they may be: one save is some dozen writes.
const ENTRY_LIMIT_BYTES = 256;
const KEY = new Uint8Array(32).fill(7);

const { store, appName, issuer, clientId, person } = JSON.parse(process.argv[2]!) as CrashOptions;
const kept =
  store === "encrypted-file"
    ? createEncryptedFileStore({ appName, secret: async () => ({ key: KEY }) })
    : createKeyringStore({
        service: appName,
        ...(store === "keyring in small parts" && { entryLimitBytes: ENTRY_LIMIT_BYTES }),
      });
const { ports, arm } = instrument(createNodePorts({ appName, store: kept, openBrowser: browserOf(person) }));
let client: AuthClient | undefined;

process.on("message", (order: CrashOrder) => void answer(order));
process.on("disconnect", () => void client?.close());

async function answer(order: CrashOrder): Promise<void> {
  const answer = await obey(order).catch((error: Error) => ({
    error: error instanceof AuthError ? error.code : `${error.name}: ${error.message}`,
  }));
  say<CrashAnswer, CrashMark>({ answer });
}

async function obey(order: CrashOrder): Promise<CrashAnswer> {
  if (order.do === "read") return { record: read(await kept.load()) };
  client ??= createAuthClient(
    {
      issuer,
      clientId,
      refreshOnStart: false,
      onNotice: ({ code }) => say<CrashAnswer, CrashMark>({ mark: { mark: "notice", code } }),
    },
    ports,
  );
  if (order.do === "sign in") await client.signIn();
  if (order.do === "refresh") {
    arm(order.moment);
    await client.getAccessToken({ forceRefresh: true });
    say<CrashAnswer, CrashMark>({ mark: { mark: "refreshed", at: instant() } });
    // It is killed here at the latest.
    await sleep(2 ** 30);
  }
  const token = await client.getAccessToken();
  const { status } = await fetch(`${issuer}/api/notes`, { headers: { authorization: `Bearer ${token}` } });
  return { status };
}

/** As the core encodes it; rejects for anything that is not whole. */
function read(text: string | null): NonNullable<CrashAnswer["record"]> | null {
  if (text === null) return null;
  const { sessionId, generation, refreshToken, idToken } = JSON.parse(text) as Record<string, unknown>;
  const isWhole = [sessionId, refreshToken, idToken].every((each) => typeof each === "string" && each !== "");
  if (!isWhole || typeof generation !== "number") throw new TypeError("The record is not whole.");
  return { sessionId: sessionId as string, generation };
}
