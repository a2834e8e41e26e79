import { spawn } from "node:child_process";
import { once } from "node:events";
import { request, type IncomingMessage } from "node:http";
import { createAuthClient, type AuthClient } from "@loopkey/core";
import {
  createFakeClock,
  createFakePorts,
  createFakeServer,
  type FakePorts,
  type FakeServer,
} from "@loopkey/core/testing";
import { describe, expect, it, onTestFinished, vi } from "vitest";
import { createActor, setup } from "xstate";
import { watchAuth, type Watching, type WatchOptions } from "../../src/watch/index.js";

interface World {
  readonly client: AuthClient;
  readonly server: FakeServer;
  readonly ports: FakePorts;
  readonly watching: Watching;
}

async function watched(options: WatchOptions = {}): Promise<World> {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const ports = createFakePorts({ server, clock });
  const client = createAuthClient({ issuer: server.issuer, clientId: "app" }, ports);
  onTestFinished(() => client.close());
  const watching = (await watchAuth(client, options))!;
  onTestFinished(() => watching.close());
  return { client, server, ports, watching };
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly text: string;
}

/** As a program asks that may write any header. */
async function ask(
  url: string,
  headers: Readonly<Record<string, string>> = {},
  method = "GET",
): Promise<Answer> {
  const asked = request(url, { headers, method, agent: false });
  asked.end();
  const [response] = (await once(asked, "response")) as [IncomingMessage];
  let text = "";
  for await (const chunk of response.setEncoding("utf8")) text += String(chunk);
  return { status: response.statusCode!, headers: response.headers, text };
}

/** A page that looks on: what it is told, until the end. */
async function lookOn(url: string): Promise<{ readonly told: Promise<string> }> {
  const response = await fetch(new URL("events", url));
  return { told: response.text().then((text) => text.trim()) };
}

interface Shown {
  readonly states: readonly string[];
  readonly event: string;
  readonly open: readonly { readonly kind: string }[];
  readonly code?: string;
}

const stepsOf = (text: string): Shown[] =>
  text
    .split("\n\n")
    .map((line) => JSON.parse(line.replace(/^data: /, "")) as Shown & { readonly end?: boolean })
    .filter(({ end }) => !end);

describe("watchAuth", () => {
  it.each(["production", "", undefined])(
    "does nothing where NODE_ENV is %s, unless it is forced",
    async (value) => {
      vi.stubEnv("NODE_ENV", value);
      onTestFinished(() => void vi.unstubAllEnvs());
      const server = await createFakeServer({ clock: createFakeClock() });
      const client = createAuthClient(
        { issuer: server.issuer, clientId: "app" },
        createFakePorts({ server }),
      );
      onTestFinished(() => client.close());
      expect(await watchAuth(client)).toBeUndefined();
      const forced = await watchAuth(client, { force: true });
      expect((await ask(forced!.url)).status).toBe(200);
      await forced!.close();
    },
  );

  it("tells each step, with what is open, to who looks on now and to who comes later", async () => {
    const { client, watching } = await watched();
    const first = await lookOn(watching.url);
    await watching.seen;
    await client.signIn();
    const second = await lookOn(watching.url);
    await client.signOut();
    await client.close();
    const steps = stepsOf(await first.told);
    expect(stepsOf(await second.told).slice(-10)).toEqual(steps.slice(-10));
    const kindsIn = (state: string): string[] =>
      steps.findLast(({ states }) => states.includes(state))!.open.map(({ kind }) => kind);
    expect(kindsIn("awaiting-callback.opening")).toEqual(expect.arrayContaining(["port", "timer"]));
    expect(kindsIn("exchanging.redeeming")).toContain("request");
    expect(kindsIn("logged-out")).toEqual([]);
  });

  it("shows nothing secret: no token, code, verifier, state, address or name", async () => {
    const { client, server, watching, ports } = await watched();
    const all = await lookOn(watching.url);
    await watching.seen;
    await client.signIn();
    const token = await client.getAccessToken({ forceRefresh: true });
    await client.signOut();
    await client.close();
    const sent = server.requests.flatMap(({ body, url }) => [...body.values(), ...url.searchParams.values()]);
    const values = [
      token,
      "ada",
      server.issuer,
      ...ports.opened,
      ...sent.filter((value) => value.length > 20),
    ];
    expect(values.length).toBeGreaterThan(8);
    const seen = await all.told;
    expect(stepsOf(seen).length).toBeGreaterThan(15);
    expect(values.filter((value) => seen.includes(value))).toEqual([]);
  });

  it("answers at its own address alone", async () => {
    const { watching } = await watched();
    const { url } = watching;
    const { origin, host } = new URL(url);
    expect((await ask(url)).status).toBe(200);
    expect((await ask(url, { origin, "sec-fetch-site": "same-origin" })).status).toBe(200);
    const other = [
      ask(`${origin}/`),
      ask(`${origin}/${"A".repeat(32)}/`),
      ask(`${url}other`),
      ask(`${url}?x`),
      ask(url, { host: host.replace("127.0.0.1", "localhost") }),
      ask(url, { host: "rebound.example" }),
      ask(url, { origin: "https://evil.example" }),
      ask(url, { origin: "null" }),
      ask(url, { "sec-fetch-site": "cross-site" }),
      ask(`${url}events`, { origin: "https://evil.example" }),
      ask(url, {}, "POST"),
      ask(url, {}, "OPTIONS"),
    ];
    expect((await Promise.all(other)).map(({ status }) => status)).toEqual(other.map(() => 404));
  });

  it("sends a page that loads nothing, is kept nowhere and stands in no frame", async () => {
    const { watching } = await watched();
    const { headers, text } = await ask(watching.url);
    expect(headers["content-security-policy"]).toMatch(/^default-src 'none'; .*frame-ancestors 'none'/);
    expect(headers["cache-control"]).toBe("no-store");
    expect(headers["referrer-policy"]).toBe("no-referrer");
    const [, nonce] = /script-src 'nonce-([^']+)'/.exec(headers["content-security-policy"] as string)!;
    expect(text.match(/<(?:script|style)\b/g)!.length).toBe(text.split(`nonce="${nonce}"`).length - 1);
    expect(text).toContain('data-state="refreshing.requesting"');
    expect(text).not.toMatch(/\bsrc=|@import|url\((?!#)/);
    expect((await ask(watching.url)).text).not.toContain(nonce);
  });

  it("ends with the client, and nobody listens any more", async () => {
    const { client, watching } = await watched();
    await client.close();
    await watching.close();
    await expect(fetch(watching.url)).rejects.toThrow("fetch failed");
  });

  it("does not keep a process, be it that a page looks on", async () => {
    const program = `
      const { createActor, createMachine } = await import(process.argv[1]);
      const { watchAuth } = await import(process.argv[2]);
      const { url, seen } = await watchAuth(createActor(createMachine({})).start(), { force: true });
      process.stdout.write(url);
      const stay = setInterval(() => {}, 1_000);
      await seen;
      clearInterval(stay);`;
    const sources = [
      import.meta.resolve("xstate"),
      new URL("../../build/watch/index.js", import.meta.url).href,
    ];
    const child = spawn(process.execPath, ["--input-type=module", "-e", program, ...sources]);
    const gone = once(child, "exit");
    const [url] = (await once(child.stdout, "data")) as [Buffer];
    const { told } = await lookOn(url.toString());
    // The connection ends with the process, in the middle.
    const cutOff = told.catch(() => "cut off");
    expect(await gone).toEqual([0, null]);
    expect(await cutOff).toBe("cut off");
  });

  it("takes any machine of XState, and draws its states as boxes", async () => {
    const light = setup({}).createMachine({
      id: "light",
      initial: "red",
      states: { red: { on: { go: "green" } }, green: { initial: "bright", states: { bright: {} } } },
    });
    const actor = createActor(light).start();
    const watching = (await watchAuth(actor, { title: "A light" }))!;
    const all = await lookOn(watching.url);
    await watching.seen;
    actor.send({ type: "go" });
    const page = (await ask(watching.url)).text;
    expect(page).toContain('data-state="green.bright"');
    expect(page).toContain("A light");
    actor.stop();
    expect(stepsOf(await all.told).map(({ states, event }) => [states[0], event])).toEqual([
      ["red", "attached"],
      ["green.bright", "go"],
    ]);
  });
});
