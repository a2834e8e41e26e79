// The floor for processes that share a session: a kernel lock around read, refresh and save, and the session read again
// once the lock is held.
import { closeSync, openSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { loadTokens, openKeyring, saveTokens } from "../keyring.js";
import { readOrder } from "../order.js";
import { postForm } from "./post.js";

interface FileLocks {
  tryLock(descriptor: number): boolean;
  unlock(descriptor: number): void;
}

const SHORTEST_PAUSE_MS = 5;
const LONGEST_PAUSE_MS = 25;

const order = readOrder();
const locks = createRequire(import.meta.url)("fs-native-extensions") as FileLocks;
const keyring = openKeyring(order);
const descriptor = openSync(join(tmpdir(), `${order.service}-${order.account}.lock`), "a+", 0o600);
while (!locks.tryLock(descriptor)) {
  // oxlint-disable-next-line no-await-in-loop
  await sleep(SHORTEST_PAUSE_MS + Math.random() * (LONGEST_PAUSE_MS - SHORTEST_PAUSE_MS));
}
const saved = await loadTokens(keyring);
const form = { grant_type: "refresh_token", client_id: order.clientId, refresh_token: saved.refresh_token };
const answer = await postForm(`${order.issuer}/token`, form);
await saveTokens(keyring, answer, saved);
locks.unlock(descriptor);
closeSync(descriptor);
process.stdout.write(`${answer.access_token}\n`);
