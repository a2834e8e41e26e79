// Several processes and one encrypted file, on the built package: killed at any time, or saving at once.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { keep, KEY, type Kept } from "../support/encrypted-file.js";
import { isWindows } from "../support/platform.js";

const fixture = fileURLToPath(new URL("../fixtures/encrypted-file.mjs", import.meta.url));

async function start({ file, folder }: Kept, name: string, count: number) {
  const keyFile = join(folder, "key");
  await writeFile(keyFile, KEY, { mode: 0o600 });
  return spawn(process.execPath, [fixture, file, name, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, LOOPKEY_KEY_FILE: keyFile },
  });
}

/** The number of a record that is whole. */
function numberOf(record: string | null): number {
  const [, n, padding] = /^\w+ (\d+) (x*)$/.exec(record ?? "") ?? [];
  expect(padding, record?.slice(0, 40)).toHaveLength((Number(n) * 7_919) % 60_000);
  return Number(n);
}

test("killed at any time, it leaves the last record that it had saved, or the one after it", async () => {
  const kept = await keep();
  for (let round = 0; round < (isWindows ? 4 : 12); round++) {
    const child = await start(kept, "killed", 100_000);
    const exit = once(child, "exit");
    let saved = -1;
    createInterface(child.stdout).on("line", (line) => (saved = Number(line)));
    await once(child.stdout, "data");
    await new Promise((resolve) => setTimeout(resolve, 15 + Math.random() * 60));
    child.kill("SIGKILL");
    await exit;
    const found = numberOf(await kept.again().load());
    expect(found === saved || found === saved + 1, `${found} after ${saved}`).toBe(true);
  }
  await kept.store.save("killed 0 ");
  expect(numberOf(await kept.store.load())).toBe(0);
}, 60_000);

test("two that save at once, and one that reads: every record that is seen is whole", async () => {
  const kept = await keep();
  const saves = isWindows ? 40 : 150;
  const children = [await start(kept, "one", saves), await start(kept, "two", saves)];
  const ended = children.map(async (child) => {
    child.stdout.resume();
    const [code] = (await once(child, "exit")) as [number];
    return code;
  });
  const reader = kept.again();
  let seen = 0;
  while (children.some(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
    const record = await reader.load();
    if (record !== null) seen += numberOf(record) >= 0 ? 1 : 0;
  }
  expect(await Promise.all(ended)).toEqual([0, 0]);
  expect(seen).toBeGreaterThan(10);
  expect(numberOf(await kept.again().load())).toBe(saves - 1);
  expect((await readdir(kept.folder)).toSorted()).toEqual(["key", "session.enc"]);
}, 60_000);

test("a passphrase comes through a pipe that no child inherits, and opens in another process by the environment", async () => {
  const kept = await keep({ secret: async () => ({ passphrase: "through the pipe" }) });
  const run = async (env: NodeJS.ProcessEnv, pipe?: string) => {
    const child = spawn(process.execPath, [fixture, kept.file, "piped", "1"], {
      stdio: ["ignore", "pipe", "inherit", "pipe"],
      env: { ...process.env, ...env },
    });
    (child.stdio[3] as NodeJS.WritableStream).end(pipe ?? "");
    const lines: string[] = [];
    createInterface(child.stdout!).on("line", (line) => lines.push(line));
    expect((await once(child, "close"))[0]).toBe(0);
    return lines.at(-1);
  };
  expect(await run({ LOOPKEY_PASSPHRASE_FD: "3" }, "through the pipe\n")).toBe('{"env":[]}');
  expect(await kept.store.load()).toBe("piped 0 ");
  expect(await run({ LOOPKEY_PASSPHRASE: "through the pipe" })).toBe('{"env":[]}');
  expect(await kept.again().load()).toBe("piped 0 ");
}, 30_000);
