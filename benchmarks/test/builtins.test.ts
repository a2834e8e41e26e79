// Modules of Node that a short-lived command has no use for, each some of its time: a getter, an import of another's names or a
// convenience loads them unseen.
import { expect, test } from "vitest";
import { builtinsOf } from "../src/counting/builtins.js";
import { BINARY, useStage } from "./support.js";

const stage = useStage();

/** By what loads them where nobody looks. */
const FOR_NO_TOKEN = [
  // `performance`.
  "perf_hooks",
  // Its import; `open` of it; an import of node:fs by its names.
  "fs/promises",
  // All of it, where `globalThis.crypto` has what is needed.
  "crypto",
  // commander; `process` by an import, which opens stdin; a timer as a promise.
  "child_process",
  "dgram",
  "internal/fs/streams",
  "timers/promises",
  // `fetch`, `Headers`, `Response`, by name even; an import of node:http by its names.
  "internal/deps/undici/undici",
  // The server of this test is asked without TLS.
  "https",
  "tls",
];
/** A token that was kept is read, and nothing computed or sent. */
const FOR_NO_KEPT_TOKEN = [...FOR_NO_TOKEN, "internal/crypto/webcrypto", "http"];

test.each([
  { name: "`loopkey token`", profile: "default", without: FOR_NO_TOKEN },
  { name: "`loopkey token`, with a token that was kept", profile: "kept", without: FOR_NO_KEPT_TOKEN },
])("$name loads no module of Node that it has no use for", async ({ profile, without }) => {
  const { world, signIn } = stage();
  await signIn("--profile", profile, ...(profile === "kept" ? ["--keep-access-token"] : []));

  const { names: loaded } = await builtinsOf([BINARY, "token", "--profile", profile], world.env);

  // What is loaded is told at all.
  expect(loaded).toContain("os");
  expect(loaded.filter((each) => without.includes(each))).toEqual([]);
});

test("`loopkey token` waits for no disk: the session is in the keyring, and what is noted beside it may be lost in a power cut", async () => {
  const { world, signIn } = stage();
  await signIn("--profile", "synced");

  const { syncs } = await builtinsOf([BINARY, "token", "--profile", "synced"], world.env);

  expect(syncs).toBe(0);
});
