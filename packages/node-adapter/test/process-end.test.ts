// Whether a process that used the ports ends by itself: on the built package, as apps run it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { get, rawClient } from "./support/raw-client.js";

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "loopkey-end-"));
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe("a process ends by itself while the browser it started still runs", { timeout: 30_000 }, () => {
  async function start(mode: string) {
    const script = join(folder, "browser.mjs");
    await writeFile(script, "setTimeout(() => {}, 20_000);\n");
    const browser = `"${process.execPath}" "${script}"`;
    const fixture = fileURLToPath(new URL("fixtures/sign-in.mjs", import.meta.url));
    const child = spawn(process.execPath, [fixture, mode, browser], { stdio: ["pipe", "pipe", "inherit"] });
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async () => JSON.parse((await lines.next()).value as string) as Record<string, string>;
    return { child, next, ended: once(child, "exit"), redirectUri: (await next())["redirectUri"]! };
  }

  test("after a success, with other connections open", async () => {
    const { child, next, ended, redirectUri } = await start("success");
    const spare = rawClient(redirectUri, "GET");
    await once(spare.socket, "connect");
    const browser = rawClient(redirectUri, get(redirectUri));
    expect(await browser.closed).toContain("Signed in");
    expect(await next()).toEqual({ done: true });
    expect((await ended)[0]).toBe(0);
    expect(child.killed).toBe(false);
    await spare.closed;
  });

  test("after it was cancelled, with connections open", async () => {
    const { child, next, ended, redirectUri } = await start("cancel");
    const spare = rawClient(redirectUri, "GET");
    await once(spare.socket, "connect");
    child.stdin.write("cancel");
    expect(await next()).toEqual({ error: "cancelled" });
    expect(await next()).toEqual({ done: true });
    expect((await ended)[0]).toBe(0);
    await spare.closed;
  });

  test("after a success whose browser keeps its half of the connection open", async () => {
    const { ended, redirectUri } = await start("success");
    const { port } = new URL(redirectUri);
    const socket = connect({ host: "127.0.0.1", port: Number(port), allowHalfOpen: true });
    socket.on("error", () => {});
    socket.resume();
    socket.write(get(redirectUri));
    expect((await ended)[0]).toBe(0);
    socket.destroy();
  });
});
