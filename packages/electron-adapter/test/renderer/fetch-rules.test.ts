import { MessageChannel } from "node:worker_threads";
import { describe, expect, onTestFinished, test } from "vitest";
import { takePort } from "../support/raw-page.js";
import { API, createSignedIn } from "../support/signed-in.js";

describe("which requests windows may make", () => {
  const rules = [
    { origin: API, methods: ["GET"], pathPrefix: "/notes" },
    { origin: API, methods: ["POST"], pathPrefix: "/drafts/" },
  ];

  test.each([
    ["GET", `${API}/notes`],
    ["GET", `${API}/notes?all=1`],
    ["GET", `${API}/notes/1`],
    ["GET", `${API}/other/../notes/1`],
    ["POST", `${API}/drafts/1`],
    ["POST", `${API}/drafts/`],
    ["GET", `${API}/notes/100%25/a;b/..c/...;/d`],
  ])("%s %s is on the list", async (method, url) => {
    const { auth, asked } = await createSignedIn(() => new Response("ok"), rules);
    expect((await auth.fetch(url, { method })).status).toBe(200);
    expect(asked).toHaveLength(1);
  });

  test.each([
    ["POST", `${API}/notes`],
    ["GET", `${API}/`],
    ["GET", `${API}/notes-of-others`],
    ["GET", `${API}/notes/../admin`],
    ["GET", `${API}/notes/%2e%2e/admin`],
    ["GET", `${API}/notes/..%2fadmin`],
    ["GET", `${API}/notes/%5c..%5cadmin`],
    // Java's servers take the `;` off, then the dots.
    ["GET", `${API}/notes/..;/admin`],
    ["GET", `${API}/notes/..;x=1/admin`],
    ["GET", `${API}/notes/%2e%2e;/admin`],
    ["GET", `${API}/notes/.;/..;/admin`],
    // Decoded twice, or by a proxy into another request.
    ["GET", `${API}/notes/%252e%252e/admin`],
    ["GET", `${API}/notes/..%252fadmin`],
    ["GET", `${API}/notes/%0d%0aHost:evil`],
    ["GET", `${API}/Notes`],
    ["POST", `${API}/drafts`],
    ["GET", `${API}:444/notes`],
    ["GET", "http://api.example/notes"],
    ["GET", "https://api.example.evil.example/notes"],
    ["GET", "https://id.example/api"],
    ["GET", `blob:${API}/notes`],
  ])("%s %s is not", async (method, url) => {
    const { auth, asked, refused } = await createSignedIn(() => new Response("ok"), rules);
    await expect(auth.fetch(url, { method })).rejects.toMatchObject({
      name: "AuthError",
      code: "origin_not_allowed",
    });
    expect(asked).toEqual([]);
    expect(refused).toMatchObject([{ code: "not_allowed" }]);
  });

  test.each([
    ["the method that was checked", { "x-http-method-override": "DELETE", "X-Method-Override": "PUT" }],
    ["the path that was checked", { "x-original-url": "/admin", "x-rewrite-url": "/admin" }],
    ["the host that was checked", { host: "evil.example", "x-forwarded-host": "evil.example" }],
    ["what only a browser says", { origin: "https://admin.example", "sec-fetch-site": "same-origin" }],
    ["a session of somebody else", { cookie: "session=attacker", "proxy-authorization": "Basic x" }],
  ])("no header says something else than %s", async (_, headers: Record<string, string>) => {
    const { openWindow, asked } = await createSignedIn((request) => {
      for (const name of Object.keys(headers)) expect(request.headers.has(name), name).toBe(false);
      expect(request.headers.get("x-mine")).toBe("1");
      return new Response("ok");
    }, rules);
    // Past the page's own Request, which in a browser drops some of them.
    const page = await takePort((await openWindow()).webContents.page);
    const { port1, port2 } = new MessageChannel();
    onTestFinished(() => port1.close());
    const answered = new Promise<{ readonly type: string }>((resolve) => port1.once("message", resolve));
    const list = Object.entries({ ...headers, "x-mine": "1" });
    page.say(
      {
        type: "fetch",
        request: { url: `${API}/notes`, method: "GET", headers: list, redirect: "follow", hasBody: false },
      },
      [port2],
    );
    expect(await answered).toMatchObject({ type: "head", status: 200 });
    expect(asked).toHaveLength(1);
  });

  test("none, as long as the app lists none", async () => {
    const { auth, asked } = await createSignedIn(() => new Response("ok"), []);
    await expect(auth.fetch(`${API}/notes`)).rejects.toMatchObject({ code: "origin_not_allowed" });
    expect(asked).toEqual([]);
  });

  test("a redirect leads to where the window may go itself, and nowhere else", async () => {
    const to = (path: string): Response => new Response(null, { status: 302, headers: { location: path } });
    const { auth, asked } = await createSignedIn(({ url }) => {
      if (url.endsWith("/notes/moved")) return to("/notes/here");
      if (url.endsWith("/notes/admin")) return to("/admin");
      if (url.endsWith("/notes/away")) return to("https://elsewhere.example/");
      return new Response("here");
    }, rules);
    const moved = await auth.fetch(`${API}/notes/moved`);
    expect(moved).toMatchObject({ redirected: true, url: `${API}/notes/here`, status: 200 });
    await expect(auth.fetch(`${API}/notes/admin`)).rejects.toMatchObject({ code: "origin_not_allowed" });
    await expect(auth.fetch(`${API}/notes/away`)).rejects.toMatchObject({ code: "origin_not_allowed" });
    await expect(auth.fetch(`${API}/notes/moved`, { redirect: "error" })).rejects.toThrow(TypeError);
    expect((await auth.fetch(`${API}/notes/moved`, { redirect: "manual" })).status).toBe(302);
    expect(asked).not.toContain(`GET ${API}/admin`);
  });
});
