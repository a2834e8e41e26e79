// The security checklist (docs/security.md) on real sockets: where the redirect arrives, and which one is taken.
import { networkInterfaces } from "node:os";
import { createAuthClient } from "@loopkey/core";
import { describe, expect, it } from "vitest";
import { createNodePorts } from "../src/index.js";
import { startApp, statusOf, fieldOf, visit, type App } from "./support/checklist-app.js";
import { hasIPv6, isClosed } from "./support/raw-client.js";

const ipv6 = await hasIPv6();
const NO_IPV6 = "this machine has no IPv6 loopback: sudo sysctl net.ipv6.conf.lo.disable_ipv6=0";

const isOpen = async (host: string, port: string): Promise<boolean> => !(await isClosed(host, Number(port)));
const exchanges = ({ server }: App): number => server.requests.filter(({ path }) => path === "/token").length;

describe("RFC 8252 7.3, 8.3: http on a loopback IP literal, the port that is really bound", () => {
  it.for([
    ["v4-only", "127.0.0.1", { v4: true, v6: false }],
    ["v6-only", "[::1]", { v4: false, v6: true }],
    ["dual", "localhost", { v4: true, v6: true }],
  ] as const)("%s: redirect_uri equals the live socket, with %s", async ([kind, host, { v4, v6 }], ctx) => {
    ctx.skip(kind !== "v4-only" && !ipv6, NO_IPV6);
    const app = await startApp({ config: { redirectUris: [`http://${host}/callback`] } });
    const { asked, redirect, done } = await app.begin();
    const sent = new URL(asked.get("redirect_uri")!);
    expect(sent.href).toBe(`http://${host}:${sent.port}/callback`);
    expect([await isOpen("127.0.0.1", sent.port), await isOpen("::1", sent.port)]).toEqual([v4, v6]);
    expect(statusOf(await visit(redirect))).toBe(200);
    await done;
    const exchange = app.server.requests.find(({ path }) => path === "/token")!;
    expect(exchange.body.get("redirect_uri")).toBe(sent.href);
    expect(app.server.violations).toEqual([]);
  });

  it.each([
    "http://192.0.2.1/callback",
    "http://0.0.0.0/callback",
    "http://[::]/callback",
    "http://app.example/callback",
    "http://127.0.0.1.example/callback",
    "https://127.0.0.1/callback",
    "com.example.app:/callback",
  ])("a non-loopback address is refused: %s", async (uri) => {
    const ports = createNodePorts({ appName: "Checklist", store: "memory" });
    const options = { issuer: "https://id.example", clientId: "app", redirectUris: [uri] };
    expect(() => createAuthClient(options, ports)).toThrow(
      expect.objectContaining({ code: "invalid_config", detail: "redirectUris" }),
    );
    const { signal } = new AbortController();
    const listening = ports.listenForRedirect({
      uris: [uri],
      accept: () => ({ accepted: true }),
      onStray: () => {},
      signal,
    });
    await expect(listening).rejects.toThrow(uri);
  });

  it("nobody listens at the machine's other addresses", async () => {
    const { asked } = await (await startApp()).begin();
    const { port } = new URL(asked.get("redirect_uri")!);
    const outside = Object.values(networkInterfaces()).flatMap((addresses) =>
      (addresses ?? []).filter(({ internal, family }) => !internal && family === "IPv4"),
    );
    const others = ["127.0.0.2", ...outside.map(({ address }) => address)];
    expect(await isOpen("127.0.0.1", port)).toBe(true);
    for (const address of others)
      // oxlint-disable-next-line no-await-in-loop
      expect(await isOpen(address, port), address).toBe(false);
  });

  it("open late, close early: the port is closed in every other state", async () => {
    const app = await startApp();
    const { client, server } = app;
    const letGo = holdPosts(server);
    const seen = new Map<string, boolean>();
    const { redirect, done } = await app.begin();
    const look = async (status: string): Promise<void> => {
      await app.reached((state) => state.status === status);
      seen.set(status, await isOpen(redirect.hostname, redirect.port));
    };
    await look("awaiting-callback");
    void visit(redirect);
    await look("exchanging");
    await letGo();
    await done;
    await look("authenticated");
    const refreshed = client.getAccessToken({ forceRefresh: true });
    await look("refreshing");
    await letGo();
    await refreshed;
    const signedOut = client.signOut({ browser: false });
    await look("logging-out");
    await letGo();
    await signedOut;
    await look("logged-out");
    expect(Object.fromEntries(seen)).toEqual({
      "awaiting-callback": true,
      exchanging: false,
      authenticated: false,
      refreshing: false,
      "logging-out": false,
      "logged-out": false,
    });
  });

  it("closed too when the sign-in is given up, fails, or the browser is back from signing out", async () => {
    const app = await startApp();
    const { client, server } = app;
    const givenUp = await app.begin();
    client.cancel();
    await expect(givenUp.done).rejects.toMatchObject({ code: "cancelled" });
    const refused = await app.begin();
    refused.redirect.searchParams.set("iss", "https://evil.example");
    await visit(refused.redirect);
    await expect(refused.done).rejects.toMatchObject({ code: "invalid_response" });
    await app.signIn();
    const signedOut = client.signOut();
    const { url } = (await app.reached((state) => "url" in state)) as { readonly url: string };
    const back = new URL(server.endSession(fieldOf(await visit(new URL(url)), "location")!));
    expect(await isOpen(back.hostname, back.port)).toBe(true);
    await visit(back);
    expect(await signedOut).toMatchObject({ endSession: "done" });
    for (const { hostname, port } of [givenUp.redirect, refused.redirect, back])
      // oxlint-disable-next-line no-await-in-loop
      expect(await isOpen(hostname, port)).toBe(false);
  });
});

/** Keeps each POST waiting until it is let go, one after the other. */
function holdPosts(server: App["server"]): () => Promise<void> {
  const held: (() => void)[] = [];
  server.intercept = async ({ method }) => {
    if (method === "POST") await new Promise<void>((resolve) => held.push(resolve));
    return undefined as never;
  };
  return async () => {
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    held.shift()!();
  };
}

describe("RFC 8252 8.9, 9700 4.7: one-time state, mismatch refused", () => {
  it.each<[string, (redirect: URL, before: URLSearchParams) => void]>([
    ["missing", ({ searchParams }) => searchParams.delete("state")],
    ["wrong", ({ searchParams }) => searchParams.set("state", "x".repeat(43))],
    ["empty", ({ searchParams }) => searchParams.set("state", "")],
    ["replayed", ({ searchParams }, before) => searchParams.set("state", before.get("state")!)],
  ])("%s: 400, no exchange, wait goes on", async (_, change) => {
    const app = await startApp();
    const before = await app.begin();
    app.client.cancel();
    const { redirect, done } = await app.begin();
    for (const answer of [{}, { error: "access_denied" }]) {
      const changed = new URL(redirect);
      for (const [name, value] of Object.entries(answer)) changed.searchParams.set(name, value);
      change(changed, before.asked);
      // oxlint-disable-next-line no-await-in-loop
      expect(statusOf(await visit(changed))).toBe(400);
    }
    expect(app.client.getState().status).toBe("awaiting-callback");
    expect(exchanges(app)).toBe(0);
    expect(app.notices.map(({ detail }) => detail?.split(":")[0])).toEqual(["wrong_state", "wrong_state"]);
    expect(statusOf(await visit(redirect))).toBe(200);
    expect(await done).toMatchObject({ subject: "ada" });
    expect(exchanges(app)).toBe(1);
  });

  it("the good one a second time finds nobody, and leads to no second exchange", async () => {
    const app = await startApp();
    const { redirect, done } = await app.begin();
    await visit(redirect);
    await done;
    expect(await visit(redirect)).toBe("");
    expect(exchanges(app)).toBe(1);
  });
});

describe("RFC 9700 4.1, 4.11: no open redirector, exact redirect except the port", () => {
  const LURES = ["redirect", "redirect_uri", "next", "url", "location", "post_logout_redirect_uri", "target"];

  it("the listener never redirects to anything from the query, when signing in and when signing out", async () => {
    const app = await startApp();
    const { redirect, done } = await app.begin();
    const lured = new URL(redirect);
    for (const name of LURES) lured.searchParams.set(name, "https://evil.example/");
    const answers = [await visit(new URL(`/x${lured.search}`, lured)), await visit(lured)];
    await done;
    const signedOut = app.client.signOut();
    const { url } = (await app.reached((state) => "url" in state)) as { readonly url: string };
    const start = new URL(url);
    for (const name of LURES) start.searchParams.set(name, "https://evil.example/");
    const sentOn = await visit(start);
    // What it redirects to comes from the server's metadata.
    expect(fieldOf(sentOn, "location")).toMatch(`${app.server.issuer}/logout?`);
    answers.push(sentOn, await visit(start));
    const back = new URL(app.server.endSession(fieldOf(sentOn, "location")!));
    for (const name of LURES) back.searchParams.set(name, "https://evil.example/");
    answers.push(await visit(back));
    await signedOut;
    expect(answers.map(statusOf)).toEqual([404, 200, 302, 404, 200]);
    for (const answer of answers) expect(answer).not.toContain("evil.example");
    for (const answer of answers.toSpliced(2, 1)) expect(fieldOf(answer, "location")).toBeUndefined();
  });

  it("redirect_uri is the registered one, but for the port; no other path or host is taken", async () => {
    const registered = ["http://127.0.0.1/a/callback?tenant=1", "http://127.0.0.1/other"];
    const app = await startApp({ config: { redirectUris: registered } });
    const { asked, redirect, done } = await app.begin();
    expect(asked.get("redirect_uri")!.replace(`:${redirect.port}`, "")).toBe(registered[0]);
    for (const path of [
      "/other",
      "/callback",
      "/a/callback/",
      "/a/Callback",
      "//a/callback",
      "/a/%63allback",
    ])
      // oxlint-disable-next-line no-await-in-loop
      expect(statusOf(await visit(new URL(redirect.origin + path + redirect.search))), path).toBe(404);
    expect(statusOf(await visit(redirect, `localhost:${redirect.port}`))).toBe(400);
    expect(statusOf(await visit(redirect))).toBe(200);
    await done;
  });
});
