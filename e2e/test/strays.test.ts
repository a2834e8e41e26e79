// What else arrives at a loopback port while it waits: none of it ends or delays the sign-in, all of it is told.
import { signInByHttp } from "@loopkey/example-identity-provider";
import type { Session } from "@loopkey/core";
import { describe, expect, it } from "vitest";
import { createApp, startServer, type App, type Server } from "./support/app.js";
import { rawClient, request, type RawClient } from "./support/raw-client.js";
import { redirectOf } from "./support/redirect.js";

interface Waiting extends App {
  readonly server: Server;
  readonly url: string;
  /** The registered path at the bound port, without a query. */
  readonly callback: URL;
  readonly signingIn: Promise<Session>;
}

interface Stray {
  readonly what: string;
  readonly send: (waiting: Waiting) => RawClient;
  readonly reason: string;
  /** Of the answer; absent: nobody is there to be answered. */
  readonly status?: number;
}

const STRAYS: readonly Stray[] = [
  {
    what: "a browser asking for the favicon",
    send: ({ callback }) => rawClient(callback, request(new URL("/favicon.ico", callback))),
    reason: "wrong_path",
    status: 404,
  },
  {
    what: "a probe of another path that has the right state",
    send: ({ url }) => {
      const redirect = redirectOf(url, { code: "stolen" });
      redirect.pathname = "/callback/";
      return rawClient(redirect, request(redirect));
    },
    reason: "wrong_path",
    status: 404,
  },
  {
    what: "a redirect with another state",
    send: ({ callback }) =>
      rawClient(callback, request(new URL("/callback?code=forged&state=forged", callback))),
    reason: "wrong_state",
    status: 400,
  },
  {
    what: "a forged refusal without a state",
    send: ({ callback }) => rawClient(callback, request(new URL("/callback?error=access_denied", callback))),
    reason: "wrong_state",
    status: 400,
  },
  {
    what: "a redirect that names the right state and a second one",
    send: ({ url }) => {
      const redirect = redirectOf(url, { code: "forged" });
      redirect.searchParams.append("state", "another");
      return rawClient(redirect, request(redirect));
    },
    reason: "wrong_state",
    status: 400,
  },
  {
    what: "a POST with the right state",
    send: ({ url }) => {
      const redirect = redirectOf(url, { code: "forged" });
      return rawClient(redirect, request(redirect, { method: "POST", more: "Content-Length: 0\r\n" }));
    },
    reason: "wrong_method",
    status: 405,
  },
  {
    what: "a request for another host with the right state (DNS rebinding)",
    send: ({ url }) => {
      const redirect = redirectOf(url, { code: "forged" });
      return rawClient(redirect, request(redirect, { host: `evil.example:${redirect.port}` }));
    },
    reason: "wrong_host",
    status: 400,
  },
  {
    what: "half a request and a goodbye",
    send: ({ callback }) => {
      const stray = rawClient(callback, "GET /callback?code=half HTTP/1.1\r\nHost: 127.");
      stray.socket.end();
      return stray;
    },
    reason: "malformed_request",
  },
  {
    what: "something that is not HTTP",
    send: ({ callback }) => rawClient(callback, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    reason: "malformed_request",
    status: 400,
  },
  {
    what: "64 KB of headers",
    send: ({ url }) => {
      const redirect = redirectOf(url, { code: "forged" });
      return rawClient(redirect, request(redirect, { more: `X-Padding: ${"x".repeat(65_536)}\r\n` }));
    },
    reason: "too_large",
    status: 431,
  },
  {
    what: "half a request and silence",
    send: ({ callback }) => rawClient(callback, "GET /callback?code=slow HTTP/1.1\r\nHost: 127."),
    reason: "too_slow",
    status: 408,
  },
];

describe("while the app waits for the redirect", () => {
  it.each(STRAYS.map((stray) => [stray.what, stray] as const))(
    "%s neither ends nor changes the wait, and is reported",
    async (_, { send, reason, status }) => {
      const waiting = await wait();
      const answer = await send(waiting).closed;
      if (status !== undefined) expect(answer).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
      const [notice] = await waiting.noticed(1);
      expect(notice!.code).toBe("stray_request");
      expect(notice!.detail).toMatch(new RegExp(`^${reason}(: |$)`));
      await expectStillWaiting(waiting);
      await signInAfterAll(waiting);
      expect(waiting.notices).toHaveLength(1);
    },
  );

  it("a good redirect behind a stray on one connection is not looked at, and can be sent again", async () => {
    const waiting = await wait();
    const good = new URL(await signInByHttp(waiting.url, waiting.server.account));
    const stray = rawClient(good, request(new URL("/favicon.ico", good)) + request(good));
    expect(await stray.closed).toMatch(/^HTTP\/1\.1 404 /);
    expect((await waiting.noticed(2)).map(({ detail }) => detail!.split(":")[0])).toEqual([
      "wrong_path",
      "pipelined",
    ]);
    await expectStillWaiting(waiting);
    expect(await rawClient(good, request(good)).closed).toContain("You are signed in");
    expect(await waiting.signingIn).toMatchObject({ subject: "account-ada" });
  });

  it("200 connections that are held open, silent or half-way, do not delay the redirect", async () => {
    const waiting = await wait();
    const held = Array.from({ length: 200 }, (_, i) =>
      rawClient(waiting.callback, i % 2 === 0 ? "" : "GET /callback?code=held HTTP/1.1\r\nHost: "),
    );
    await Promise.all(held.map(({ connected }) => connected));
    let closed = 0;
    for (const { socket } of held) socket.once("close", () => (closed += 1));
    await expectStillWaiting(waiting);
    const good = new URL(await signInByHttp(waiting.url, waiting.server.account));
    expect(closed).toBe(0);
    expect(await rawClient(good, request(good)).closed).toContain("You are signed in");
    await waiting.signingIn;
    // Whoever held them is turned out when the redirect has come.
    await Promise.all(held.map((stray) => stray.closed));
  });

  it("all of it one after the other is reported one by one, and the redirect succeeds", async () => {
    const waiting = await wait();
    const strays = STRAYS.filter(({ reason }) => reason !== "too_slow");
    for (const [index, { send }] of strays.entries()) {
      // oxlint-disable-next-line no-await-in-loop
      await send(waiting).closed;
      // oxlint-disable-next-line no-await-in-loop
      await waiting.noticed(index + 1);
    }
    expect(waiting.notices.map(({ detail }) => detail!.split(":")[0])).toEqual(
      strays.map(({ reason }) => reason),
    );
    await expectStillWaiting(waiting);
    await signInAfterAll(waiting);
  });

  it("no notice holds the state, the code or what a stranger sent as a query", async () => {
    const waiting = await wait();
    const state = new URL(waiting.url).searchParams.get("state")!;
    for (const { send } of STRAYS.filter(({ reason }) => reason !== "too_slow"))
      // oxlint-disable-next-line no-await-in-loop
      await send(waiting).closed;
    await waiting.noticed(STRAYS.length - 1);
    const told = JSON.stringify(waiting.notices);
    for (const secret of [state, "forged", "stolen", "half"]) expect(told).not.toContain(secret);
    waiting.client.cancel();
    await expect(waiting.signingIn).rejects.toMatchObject({ code: "cancelled" });
  });
});

async function wait(): Promise<Waiting> {
  const server = await startServer();
  const app = createApp(server);
  const signingIn = app.client.signIn({ openBrowser: false });
  signingIn.catch(() => {});
  const url = await app.authorizationUrl();
  return {
    ...app,
    server,
    url,
    signingIn,
    callback: new URL(new URL(url).searchParams.get("redirect_uri")!),
  };
}

async function expectStillWaiting({ client, trail }: Waiting): Promise<void> {
  expect(client.getState()).toMatchObject({ status: "awaiting-callback", step: "waiting" });
  expect(trail).toEqual(["awaiting-callback/preparing", "awaiting-callback/waiting"]);
}

async function signInAfterAll({ url, server, signingIn, trail }: Waiting): Promise<void> {
  const good = new URL(await signInByHttp(url, server.account));
  expect(await rawClient(good, request(good)).closed).toContain("You are signed in");
  expect(await signingIn).toMatchObject({ subject: "account-ada" });
  expect(trail.slice(2)).toEqual(["exchanging", "authenticated"]);
}
