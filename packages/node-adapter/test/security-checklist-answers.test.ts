// The security checklist (docs/security.md) on real sockets: what the browser, a stranger and another origin get to see.
import { afterEach, describe, expect, it } from "vitest";
import { fieldOf, startApp, statusOf, visit } from "./support/checklist-app.js";
import { endWaits, get, listen, rawClient, succeed } from "./support/raw-client.js";

afterEach(endWaits);

describe("RFC 9700 4.2, 4.3: clean answer page; nothing in URLs", () => {
  /** One answer of each kind. */
  async function answers(): Promise<
    Readonly<Record<"success" | "failure" | "refusal" | "start" | "end", string>>
  > {
    const app = await startApp();
    const failing = await app.begin();
    failing.redirect.searchParams.set("iss", "https://evil.example");
    const failure = await visit(failing.redirect);
    await expect(failing.done).rejects.toThrow();
    const { redirect, done } = await app.begin();
    const refusal = await visit(new URL("/favicon.ico", redirect));
    const success = await visit(redirect);
    await done;
    const signedOut = app.client.signOut();
    const { url } = (await app.reached((state) => "url" in state)) as { readonly url: string };
    const start = await visit(new URL(url));
    const end = await visit(new URL(app.server.endSession(fieldOf(start, "location")!)));
    await signedOut;
    return { success, failure, refusal, start, end };
  }

  it("CSP, no-store, no-referrer, nosniff: on every page, and what fits on every other answer", async () => {
    const { start, refusal, ...pages } = await answers();
    expect(Object.values(pages).map(statusOf)).toEqual([200, 400, 200]);
    for (const page of Object.values(pages)) {
      expect(fieldOf(page, "content-security-policy")).toMatch(
        /^default-src 'none'; style-src 'sha256-[^']+'; script-src 'sha256-[^']+';.* frame-ancestors 'none'/,
      );
    }
    for (const answer of [start, refusal, ...Object.values(pages)]) {
      expect(fieldOf(answer, "cache-control")).toBe("no-store");
      expect(fieldOf(answer, "referrer-policy")).toBe("no-referrer");
      expect(fieldOf(answer, "access-control-allow-origin")).toBeUndefined();
      expect(fieldOf(answer, "set-cookie")).toBeUndefined();
    }
    for (const answer of [refusal, ...Object.values(pages)])
      expect(fieldOf(answer, "x-content-type-options")).toBe("nosniff");
  });

  it("address bar without code: the page takes the query out of it, and has nothing of it itself", async () => {
    const app = await startApp();
    const { redirect, done } = await app.begin();
    const page = await visit(redirect);
    await done;
    expect(page).toContain('<script>history.replaceState(null, "", location.pathname);</script>');
    for (const name of ["code", "state"]) expect(page).not.toContain(redirect.searchParams.get(name)!);
  });

  it("no token in a query: not at the server, not at an API, not in what the browser is opened at", async () => {
    const app = await startApp();
    const { client, server } = app;
    const opened: string[] = [];
    client.subscribe((state) => "url" in state && state.url && opened.push(state.url));
    await app.signIn();
    await client.getAccessToken({ forceRefresh: true });
    await client.userInfo();
    await client.fetch(`${server.issuer}/api?q=1`);
    const signedOut = client.signOut();
    await app.reached((state) => "url" in state);
    client.cancel();
    await signedOut;
    const urls = [...server.requests.map(({ url }) => url.href), ...opened];
    expect(urls.length).toBeGreaterThan(9);
    for (const secret of server.secrets) expect(urls.join("\n")).not.toContain(secret);
    expect(server.violations).toEqual([]);
  });
});

describe("RFC 9700 4.9: token only to the resource it is for", () => {
  it.each([301, 302, 303, 307, 308])("header dropped on cross-origin redirect (%i)", async (status) => {
    const app = await startApp();
    const { server, client } = app;
    await app.signIn();
    const location = `${server.elsewhereOrigin}/collect`;
    server.intercept = ({ path }) =>
      path === "/api" ? new Response(null, { status, headers: { location } }) : undefined;
    expect((await client.fetch(`${server.issuer}/api`)).status).toBe(200);
    const asked = server.requests.find(({ path }) => path === "/api")!;
    expect(asked.authorization?.split(" ")[1]).toBe(await client.getAccessToken());
    const [{ path, authorization, headers, text }] = server.elsewhere as [(typeof server.elsewhere)[0]];
    expect({ path, authorization }).toEqual({ path: "/collect", authorization: null });
    const sent = JSON.stringify([[...headers], text]);
    for (const secret of server.secrets) expect(sent).not.toContain(secret);
  });
});

describe("OAuth 2.1 4.1.2, 7.12: everything received is hostile", () => {
  it("HTML and control characters of the server are escaped on the page", async () => {
    const app = await startApp();
    const { redirect, done } = await app.begin();
    redirect.searchParams.delete("code");
    redirect.searchParams.set("error", '"><img src=x>');
    redirect.searchParams.set("error_description", "</p><script>alert(1)</script>\u001b[2J\u202eevil&amp;");
    const page = await visit(redirect);
    await expect(done).rejects.toMatchObject({ code: "authorization_failed" });
    expect(page).toContain("&lt;/p&gt;&lt;script&gt;alert(1)&lt;/script&gt; [2J evil&amp;amp;");
    expect(page).not.toMatch(/<img|<script>alert/);
    // oxlint-disable-next-line no-control-regex
    expect(page).not.toMatch(/[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f]|\u00e2\u0080\u00ae/);
  });

  it("cookies that the server sets never come back", async () => {
    const app = await startApp();
    const { server, client } = app;
    const setsCookie = new Map<string, boolean>();
    const answer = server.handle.bind(server);
    server.handle = async (request) => {
      const outcome = await answer(request);
      outcome.response?.headers.append("set-cookie", "id=1; Path=/");
      setsCookie.set(new URL(request.url).pathname, outcome.response?.headers.has("set-cookie") ?? false);
      return outcome;
    };
    await app.signIn();
    await client.userInfo();
    await client.getAccessToken({ forceRefresh: true });
    await client.signOut({ browser: false });
    expect(Object.fromEntries(setsCookie)).toMatchObject({ "/token": true, "/userinfo": true });
    for (const { headers, path } of server.requests) expect(headers.get("cookie"), path).toBeNull();
  });
});

describe("listener: Host header exact (DNS rebinding), GET only, header and URL limits, slow clients cut off", () => {
  const good = "/callback?code=c&state=good";

  it.each([
    "evil.example",
    "evil.example:PORT",
    "localhost:PORT",
    "127.0.0.1",
    "127.0.0.1:1",
    "127.0.0.1:PORT.evil.example",
    "[::1]:PORT",
    "127.0.0.1:PORT\r\nHost: evil.example",
  ])("Host header exact (DNS rebinding): %j is refused", async (host) => {
    const wait = await listen();
    const { port } = new URL(wait.redirectUri);
    const request = `GET ${good} HTTP/1.1\r\nHost: ${host.replace("PORT", port)}\r\n\r\n`;
    expect(statusOf(await rawClient(wait.redirectUri, request).closed)).toBe(400);
    expect(wait.strays.map(({ reason }) => reason)).toEqual(["wrong_host"]);
    expect(await succeed(wait)).toContain("200 OK");
  });

  it.each(["POST", "HEAD", "PUT", "DELETE", "OPTIONS", "PATCH", "get"])(
    "GET only: %s is refused",
    async (method) => {
      const wait = await listen();
      const request = get(wait.redirectUri, good).replace("GET", method);
      expect(statusOf(await rawClient(wait.redirectUri, request).closed)).toBe(405);
      expect(await succeed(wait)).toContain("200 OK");
    },
  );

  it.each([
    ["URL", (uri: string) => get(uri, `${good}&x=${"x".repeat(17_000)}`)],
    ["header", (uri: string) => get(uri, good, `X-Long: ${"x".repeat(17_000)}\r\n`)],
    ["headers", (uri: string) => get(uri, good, `X-Many: ${"x".repeat(100)}\r\n`.repeat(200))],
  ])("header and URL limits: more than 16 kB of %s is refused", async (_, bytes) => {
    const wait = await listen();
    expect(statusOf(await rawClient(wait.redirectUri, bytes(wait.redirectUri)).closed)).toBe(431);
    expect(wait.strays.map(({ reason }) => reason)).toEqual(["too_large"]);
    expect(await succeed(wait)).toContain("200 OK");
  });

  it("slow clients are cut off, and do not hold up the redirect", async () => {
    const wait = await listen(undefined, { requestTimeoutMs: 200 });
    const slow = rawClient(wait.redirectUri, "GET /callback?");
    expect(statusOf(await slow.closed)).toBe(408);
    expect((await wait.stray("too_slow")).reason).toBe("too_slow");
    expect(await succeed(wait)).toContain("200 OK");
  });
});
