import { expect, test } from "vitest";
import { deviceCodePage, deviceConfirmPage } from "../src/device-pages.js";
import { html } from "../src/html.js";
import { consentPage, loginPage, messagePage, secondStepPage } from "../src/pages.js";
import { startApp } from "./app.js";

const HOSTILE = `"><script>alert('1')</script>&`;
const person = { username: HOSTILE, password: HOSTILE, name: HOSTILE, email: HOSTILE };

test("whatever is put into a page is escaped", () => {
  for (const page of [
    loginPage({ clientName: HOSTILE, username: HOSTILE, failed: true, demo: person, current: person }),
    consentPage({ clientName: HOSTILE, person, scopes: ["openid", HOSTILE] }),
    messagePage(HOSTILE, HOSTILE, HOSTILE),
    secondStepPage({ clientName: HOSTILE, failed: true, oneTimeCode: HOSTILE }),
    deviceCodePage({ xsrf: HOSTILE, userCode: HOSTILE, failed: true }),
    deviceConfirmPage({ xsrf: HOSTILE, userCode: HOSTILE, clientName: HOSTILE }),
  ]) {
    expect(page).not.toContain("<script");
    expect(page).not.toContain(`"">`);
    expect(page).toContain("&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;");
  }
  expect(html`<a title="${HOSTILE}">`.text).toBe(
    `<a title="&quot;&gt;&lt;script&gt;alert(&#39;1&#39;)&lt;/script&gt;&amp;">`,
  );
});

test("pages are not kept, run no scripts, load nothing and may not be framed", async () => {
  const app = await startApp();
  const { url } = await app.authorizationUrl({ redirect_uri: "http://localhost:51234/callback" });
  const first = await fetch(url, { redirect: "manual" });
  const page = await fetch(new URL(first.headers.get("location")!, url), {
    headers: {
      cookie: first.headers
        .getSetCookie()
        .map((cookie) => cookie.split(";")[0])
        .join("; "),
    },
  });
  expect(page.status).toBe(200);
  expect(page.headers.get("cache-control")).toBe("no-store");
  expect(page.headers.get("referrer-policy")).toBe("no-referrer");
  const policy = page.headers.get("content-security-policy")!;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).toContain("form-action 'self' http://localhost:51234;");
  expect(policy).not.toContain("script-src");
  expect(policy).not.toContain("unsafe-inline");
  const text = await page.text();
  expect(text).not.toContain("<script");
  expect(text).not.toMatch(/(src|href)="(?!data:)/);
});

test("a login page is worth nothing without the cookie it was opened with", async () => {
  const app = await startApp();
  const { url } = await app.authorizationUrl();
  const location = (await fetch(url, { redirect: "manual" })).headers.get("location")!;
  const response = await fetch(new URL(location, url), {
    method: "POST",
    body: new URLSearchParams({ username: "ada", password: "loopkey", decision: "sign-in" }),
    redirect: "manual",
  });
  expect(response.status).toBe(400);
  expect(await response.text()).toContain("This page is no longer valid");
});

test("an error page says what is wrong in our own words and style", async () => {
  const app = await startApp();
  const { url } = await app.authorizationUrl({ client_id: "unknown" });
  const response = await fetch(url);
  expect(response.status).toBe(400);
  expect(response.headers.get("content-security-policy")).toContain("default-src 'none'");
  expect(await response.text()).toContain("This sign-in cannot go on");
});

test("a request that makes no sense is answered, and the server lives on", async () => {
  const app = await startApp();
  const { issuer } = app.provider;
  expect((await fetch(`${issuer}//`)).status).toBe(404);
  const json = { method: "POST", headers: { "content-type": "application/json" }, body: "{}" };
  expect((await fetch(`${issuer}/oauth/logout`, json)).status).toBe(400);
  expect((await fetch(`${issuer}/api/notes`, { method: "POST" })).status).toBe(405);
  expect((await fetch(app.metadata.jwks_uri!)).status).toBe(200);
  expect(app.events).not.toContainEqual(expect.objectContaining({ type: "server-error" }));
});
