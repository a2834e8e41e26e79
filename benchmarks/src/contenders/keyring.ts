// A session in the keyring, as one would write it by hand: one entry with JSON in it. Loaded by require, which is the
// cheap way (3.5 ms; an import takes 29 on Node 20): the hand-written floor and the peers have it all.
import { createRequire } from "node:module";
import type * as Keyring from "@napi-rs/keyring";
import type { Order } from "./order.js";

export interface KeyringText {
  load(): Promise<string | null>;
  save(text: string): Promise<void>;
}

/** As in an answer of the token endpoint, with the time that `expires_in` means. */
export interface SavedTokens {
  readonly refresh_token: string;
  readonly access_token?: string;
  /** Epoch milliseconds. */
  readonly expires_at?: number;
}

/** What of an answer is kept. */
interface TokenAnswer {
  readonly access_token: string;
  readonly refresh_token?: string | undefined;
  /** In seconds. */
  readonly expires_in?: number | undefined;
}

/** Renewed this long before its end: the rule that MSAL and google-auth-library have. */
const LEAST_VALIDITY_MS = 300_000;

export function openKeyring({ service, account }: Order): KeyringText {
  const { AsyncEntry } = createRequire(import.meta.url)("@napi-rs/keyring") as typeof Keyring;
  const entry = new AsyncEntry(service, account, { linux: { store: "secret-service" } });
  return {
    load: async () => (await entry.getPassword()) ?? null,
    save: (text) => entry.setPassword(text),
  };
}

export async function loadTokens(keyring: KeyringText): Promise<SavedTokens> {
  const text = await keyring.load();
  if (text === null) throw new Error("Nobody is signed in.");
  return JSON.parse(text) as SavedTokens;
}

export function saveTokens(keyring: KeyringText, answer: TokenAnswer, before?: SavedTokens): Promise<void> {
  const refreshToken = answer.refresh_token ?? before?.refresh_token;
  const saved: SavedTokens = {
    refresh_token: refreshToken ?? "",
    access_token: answer.access_token,
    expires_at: Date.now() + (answer.expires_in ?? 0) * 1_000,
  };
  return keyring.save(JSON.stringify(saved));
}

/** The access token that was kept, while it is good. */
export function keptToken({ access_token, expires_at = 0 }: SavedTokens): string | undefined {
  return expires_at > Date.now() + LEAST_VALIDITY_MS ? access_token : undefined;
}
