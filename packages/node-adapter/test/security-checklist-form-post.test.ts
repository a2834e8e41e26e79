// The checklist on real sockets where the redirect is posted: what decides is still `state`, and nothing of the form is shown.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createAuthClient, type SessionStore } from "@loopkey/core";
import { describe, expect, it, onTestFinished } from "vitest";
import { createNodePorts } from "../src/index.js";
import { fieldOf, startApp, statusOf, visit, type App } from "./support/checklist-app.js";
import { stubState } from "./support/platform.js";
import { isClosed, rawClient } from "./support/raw-client.js";

const SECRET = "hush-hush";

const startPosting = (): Promise<App> =>
  startApp({
    server: { clientAuth: { secret: SECRET }, offers: ["dpop"] },
    config: { responseMode: "form_post", clientSecret: SECRET, dpop: true },
  });

/** The redirect as a browser posts it from the server's page, or from another one. */
function post(
  redirect: URL,
  form = redirect.search.slice(1),
  { origin = "null", host = redirect.host } = {},
): Promise<string> {
  const head = [
    `POST ${redirect.pathname} HTTP/1.1`,
    `Host: ${host}`,
    `Origin: ${origin}`,
    "Sec-Fetch-Dest: document",
    "Content-Type: application/x-www-form-urlencoded",
    `Content-Length: ${form.length}`,
  ];
  return rawClient(redirect.href, `${head.join("\r\n")}\r\n\r\n${form}`).closed;
}

const exchanges = ({ server }: App) => server.requests.filter(({ path }) => path === "/token");

describe("a redirect that is posted", () => {
  it("is taken once, from a page of any origin, and closes the port", async () => {
    const app = await startPosting();
    const { redirect, done } = await app.begin();
    expect(statusOf(await post(redirect))).toBe(200);
    expect(await done).toMatchObject({ subject: "ada" });
    expect(await isClosed(redirect.hostname, Number(redirect.port))).toBe(true);
    expect(exchanges(app)).toHaveLength(1);
    expect(app.server.violations).toEqual([]);
  });

  it.each<[string, (form: URLSearchParams) => void]>([
    ["without a state", (form) => form.delete("state")],
    ["with a wrong one", (form) => form.set("state", "x".repeat(43))],
    ["with two", (form) => form.append("state", form.get("state")!)],
  ])("another page's form, %s: 400, no exchange, wait goes on", async (_, change) => {
    const app = await startPosting();
    const { redirect, done } = await app.begin();
    const form = new URLSearchParams(redirect.search);
    change(form);
    expect(statusOf(await post(redirect, form.toString(), { origin: "https://evil.example" }))).toBe(400);
    expect(app.client.getState().status).toBe("awaiting-callback");
    expect(exchanges(app)).toHaveLength(0);
    expect(statusOf(await post(redirect))).toBe(200);
    await done;
  });

  it("is refused under another host name, and as a GET with everything right", async () => {
    const app = await startPosting();
    const { redirect, done } = await app.begin();
    const host = `evil.example:${redirect.port}`;
    expect(statusOf(await post(redirect, undefined, { host }))).toBe(400);
    expect(statusOf(await visit(redirect))).toBe(405);
    expect(exchanges(app)).toHaveLength(0);
    expect(statusOf(await post(redirect))).toBe(200);
    await done;
  });

  it("leads to a page without the code, the state or anywhere to go", async () => {
    const app = await startPosting();
    const { redirect, done } = await app.begin();
    redirect.searchParams.set("redirect", "https://evil.example/");
    const page = await post(redirect);
    await done;
    for (const name of ["code", "state", "redirect"])
      expect(page).not.toContain(redirect.searchParams.get(name)!);
    expect(fieldOf(page, "location")).toBeUndefined();
    expect(fieldOf(page, "cache-control")).toBe("no-store");
    expect(fieldOf(page, "content-security-policy")).toMatch(/^default-src 'none'/);
  });
});

describe("a secret of the client and the key of its tokens", () => {
  it("are in nothing that the browser is opened at, in no state and in no notice", async () => {
    const app = await startPosting();
    const seen: unknown[] = [];
    app.client.subscribe((state) => seen.push(state));
    const { asked, redirect, done } = await app.begin();
    await post(redirect);
    await done;
    expect((await app.client.fetch(`${app.server.issuer}/api`)).status).toBe(200);
    await app.client.userInfo();
    await app.client.signOut({ browser: false });
    const shown = JSON.stringify([seen, app.notices, [...asked]]);
    const urls = app.server.requests.map(({ url }) => url.href).join("\n");
    for (const secret of [SECRET, ...app.server.secrets]) {
      expect(shown).not.toContain(secret);
      expect(urls).not.toContain(secret);
    }
    expect(shown).not.toMatch(/"(d|kty)":/);
  });

  it("go to the store and nowhere else: the next process has them from there", async () => {
    const home = mkdtempSync(join(tmpdir(), "loopkey-checklist-"));
    onTestFinished(() => rmSync(home, { recursive: true }));
    stubState(home);
    const { server } = await startPosting();
    const kept = { record: null as string | null };
    const store: SessionStore = {
      info: { kind: "test", persistent: true },
      load: async () => kept.record,
      save: async (text) => void (kept.record = text),
      clear: async () => void (kept.record = null),
      probe: async () => {},
      quarantine: async () => null,
    };
    const client = createAuthClient(
      { issuer: server.issuer, clientId: "app", clientSecret: SECRET, dpop: true },
      createNodePorts({
        appName: "Checklist",
        store,
        openBrowser: async (url) => void visit(new URL(server.authorize(url))),
      }),
    );
    await client.signIn();
    expect(kept.record).toContain(SECRET);
    await client.close();
    const next = createAuthClient(
      { issuer: server.issuer, clientId: "app", dpop: true },
      createNodePorts({ appName: "Checklist", store }),
    );
    expect((await next.fetch(`${server.issuer}/api`)).status).toBe(200);
    expect(await next.signOut({ browser: false })).toMatchObject({ revocation: "done" });
    expect(kept.record).toBeNull();
    await next.close();
    expect(server.violations).toEqual([]);
  });
});
