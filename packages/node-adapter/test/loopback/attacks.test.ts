// Strangers who want more than to be answered: to keep the person out, or the app busy. The long form, with ten thousand
// connections from other processes: docs/torture.md.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect, type Server, type Socket } from "node:net";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { processorMs } from "../support/processor-time.js";
import { endWaits, get, listen, PAGE, rawClient, succeed } from "../support/raw-client.js";
import { posixTest } from "../support/platform.js";

afterEach(endWaits);

test("what is behind a request is not read: 200 connections with 3,600 requests each cost no time", async () => {
  const wait = await listen();
  const many = "GET / HTTP/1.1\r\n\r\n".repeat(3_600);
  const strangers = Array.from({ length: 200 }, () => rawClient(wait.redirectUri, many));
  await wait.stray("wrong_host");
  const spent = await processorMs(async () => expect(await succeed(wait)).toContain("200 OK"));
  // With a parser that goes on, 5 s and a gigabyte.
  expect(spent).toBeLessThan(1_500);
  await Promise.all(strangers.map(({ closed }) => closed));
});

/** Writes as fast as it is read. */
function sendWithoutEnd(socket: Socket): void {
  const more = Buffer.alloc(65_536);
  const send = (): void => {
    if (socket.writable) socket.write(more, send);
  };
  send();
}

test("a refused client that sends without end is cut off for it", async () => {
  const wait = await listen();
  const stranger = rawClient(wait.redirectUri, get(wait.redirectUri).replace("GET", "PUT"));
  sendWithoutEnd(stranger.socket);
  await stranger.closed;
  // What the buffers of the system hold, and no more: in the time it has, it could send ten times that.
  expect(stranger.socket.bytesWritten).toBeLessThan(32 * 1_048_576);
  expect(wait.strays.map(({ reason }) => reason)).toEqual(["wrong_method", "pipelined"]);
});

test("an accepted client that sends without end is read no more, and gets its answer", async () => {
  const wait = await listen();
  const browser = rawClient(wait.redirectUri, get(wait.redirectUri));
  const response = await wait.response;
  sendWithoutEnd(browser.socket);
  // Until nothing more goes through.
  let before = -1;
  while (browser.socket.bytesWritten !== before) {
    before = browser.socket.bytesWritten;
    // oxlint-disable-next-line no-await-in-loop
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve));
  }
  await response.respond(PAGE);
  expect(await browser.closed).toContain("200 OK");
});

test("whoever is answered already and lingers makes room before those who have not asked yet", async () => {
  const wait = await listen(undefined, { maxConnections: 2 });
  const early = rawClient(wait.redirectUri, "G");
  await once(early.socket, "connect");
  const { hostname, port } = new URL(wait.redirectUri);
  const lingering = connect({ host: hostname, port: Number(port), allowHalfOpen: true });
  lingering.on("error", () => {});
  lingering.resume();
  lingering.write("\0");
  await once(lingering, "end");
  await succeed(wait);
  expect(wait.strays.map(({ reason }) => reason)).toEqual(["malformed_request"]);
  lingering.destroy();
});

test("those who send a byte at a time have no more time than others", async () => {
  const wait = await listen(undefined, { requestTimeoutMs: 60 });
  const slow = rawClient(wait.redirectUri, "GET / HTTP/1.1\r\nA: ");
  const dripping = setInterval(() => slow.socket.write("a"), 5);
  expect(await slow.closed).toContain("408 Request Timeout");
  clearInterval(dripping);
  expect(wait.strays.map(({ reason }) => reason)).toEqual(["too_slow"]);
});

test("of a hundred that come in one moment each is read before it may be pushed out", async () => {
  const wait = await listen(undefined, { maxConnections: 40 });
  const burst = Array.from({ length: 100 }, () => rawClient(wait.redirectUri, get(wait.redirectUri, "/x")));
  const answers = await Promise.all(burst.map(({ closed }) => closed));
  expect(answers.filter((answer) => answer.includes("404 Not Found"))).toHaveLength(100);
  expect(wait.strays.filter(({ reason }) => reason === "crowded_out")).toEqual([]);
});

test("of a hundred that come in one moment and say nothing the last ones stay", async () => {
  const wait = await listen(undefined, { maxConnections: 4 });
  const burst = Array.from({ length: 100 }, () => rawClient(wait.redirectUri, "G"));
  await Promise.all(burst.slice(0, 96).map(({ closed }) => closed));
  expect(burst.slice(96).map(({ socket }) => socket.closed)).toEqual([false, false, false, false]);
  expect(wait.strays.map(({ reason }) => reason)).toEqual(Array(96).fill("crowded_out"));
});

test("when no descriptor is left the older half makes room, and it stays at half", async () => {
  const createServer = vi.spyOn(process.getBuiltinModule("node:net"), "createServer");
  const wait = await listen();
  const server = createServer.mock.results[0]!.value as Server;
  createServer.mockRestore();
  const held = [];
  for (let n = 0; n < 8; n++) {
    held.push(rawClient(wait.redirectUri, "G"));
    // oxlint-disable-next-line no-await-in-loop
    await once(server, "connection");
  }
  server.emit("error", Object.assign(new Error("accept EMFILE"), { code: "EMFILE" }));
  expect(wait.strays.map(({ reason }) => reason)).toEqual(Array(4).fill("crowded_out"));
  rawClient(wait.redirectUri, "G");
  await once(server, "connection");
  expect(wait.strays).toHaveLength(5);
  expect(await succeed(wait)).toContain("200 OK");
  await Promise.all(held.map(({ closed }) => closed));
});

posixTest("limit of its own on open files")(
  "300 descriptors are enough for a process at which 2,000 connections are held open",
  async () => {
    const fixture = fileURLToPath(new URL("../fixtures/few-descriptors.mjs", import.meta.url));
    const child = spawn("sh", ["-c", 'ulimit -n 300; exec "$0" "$1"', process.execPath, fixture], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    onTestFinished(() => void child.kill());
    const ended = once(child, "exit");
    const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
    const next = async <T>() => JSON.parse((await lines.next()).value as string) as T;
    const { redirectUri } = await next<{ redirectUri: string }>();
    const held = [];
    for (let n = 0; n < 2_000; n++) {
      const { socket } = rawClient(redirectUri, "GET / HT");
      held.push(socket);
      // oxlint-disable-next-line no-await-in-loop
      await once(socket, "connect");
    }
    expect(await rawClient(redirectUri, get(redirectUri)).closed).toContain("200 OK");
    expect((await next<{ crowdedOut: number }>()).crowdedOut).toBeGreaterThan(0);
    expect((await ended)[0]).toBe(0);
    for (const socket of held) socket.destroy();
  },
);
