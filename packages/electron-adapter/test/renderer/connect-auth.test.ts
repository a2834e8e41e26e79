import { reached } from "@loopkey/core/testing";
import { expect, test } from "vitest";
import { AuthError } from "../../src/renderer/index.js";
import { connectTo, createTestApp, PAGE } from "../support/app.js";
import { takePort } from "../support/raw-page.js";

const isIn = ({ status }: { readonly status: string }): boolean => status === "authenticated";

test("a window signs in, calls the API and signs out, and sees each state as the client has it", async () => {
  const { openConnected, client, server } = await createTestApp({
    serve: { fetch: [{ origin: "https://id.example", methods: ["GET"], pathPrefix: "/api" }] },
  });
  const auth = await openConnected();
  const trail: string[] = [];
  auth.subscribe(({ status }) => status === trail.at(-1) || trail.push(status));
  expect(await auth.ready()).toMatchObject({ status: "idle" });

  const session = await auth.signIn();
  expect(session).toMatchObject({ claims: { sub: expect.any(String) } });
  await reached(auth, isIn);
  expect(auth.getState()).toMatchObject({ status: "authenticated", can: ["signIn", "signOut"] });

  const response = await auth.fetch("https://id.example/api");
  expect(response.status).toBe(200);
  expect(response.url).toBe("https://id.example/api");
  expect(await response.json()).toMatchObject({ name: "Ada Lovelace" });

  expect(await auth.signOut()).toEqual({ local: "done", revocation: "done", endSession: "done" });
  await reached(auth, ({ status }) => status === "logged-out");
  expect(client.getState().status).toBe("logged-out");
  expect(trail).toEqual([
    "idle",
    "awaiting-callback",
    "exchanging",
    "authenticated",
    "logging-out",
    "logged-out",
  ]);
  expect(server.violations).toEqual([]);
});

test("a window that opens in the middle of a sign-in sees it at once, and may give it up", async () => {
  const { openConnected } = await createTestApp({ person: () => {} });
  const first = await openConnected();
  const signIn = first.signIn();
  signIn.catch(() => {});
  await reached(first, ({ can }) => can.includes("cancel"));
  const second = await openConnected();
  expect(await second.ready()).toMatchObject({
    status: "awaiting-callback",
    can: expect.arrayContaining(["cancel"]),
  });
  expect(second.getState()).not.toHaveProperty("url");
  second.cancel();
  await expect(signIn).rejects.toMatchObject({ name: "AuthError", code: "cancelled" });
  await reached(second, ({ status }) => status === "idle");
});

test("the state is the same object until it changes, and a listener that throws keeps no other from hearing", async () => {
  const { openConnected, client } = await createTestApp();
  const auth = await openConnected();
  await auth.ready();
  expect(auth.getState()).toBe(auth.getState());
  const heard: string[] = [];
  const stop = auth.subscribe(({ status }) => heard.push(status));
  stop();
  auth.subscribe(({ status }) => heard.push(`second ${status}`));
  await client.signIn();
  await reached(auth, isIn);
  expect(heard.every((each) => each.startsWith("second "))).toBe(true);
  expect(heard.at(-1)).toBe("second authenticated");
});

test("a sign-in goes on when its window is closed, and its signal gives up the wait", async () => {
  const { openWindow, openConnected, client } = await createTestApp({ person: () => {} });
  const window = await openWindow();
  const left = connectTo(window.webContents.page).signIn();
  void left.catch(() => {});
  await reached(client, ({ status }) => status === "awaiting-callback");
  window.destroy();
  expect(client.getState().status).toBe("awaiting-callback");

  const auth = await openConnected();
  const leaving = new AbortController();
  const joined = auth.signIn({ signal: leaving.signal });
  await reached(auth, ({ can }) => can.includes("cancel"));
  leaving.abort();
  await expect(joined).rejects.toMatchObject({ code: "cancelled" });
  expect(client.getState().status).toBe("awaiting-callback");
  client.cancel();
  await reached(client, ({ status }) => status === "idle");
  await expect(auth.signIn({ signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
});

test("errors have their code, hint and what they ask for", async () => {
  const { openConnected, server } = await createTestApp({
    serve: { fetch: [{ origin: "https://id.example", methods: ["GET"], pathPrefix: "/api" }] },
  });
  const auth = await openConnected();
  await expect(auth.userInfo()).rejects.toMatchObject({ name: "AuthError", code: "sign_in_required" });
  server.acr = "urn:weak";
  await auth.signIn();
  server.acr = undefined;
  const error: unknown = await auth.fetch("https://id.example/api/strict").catch((each: unknown) => each);
  expect(error).toBeInstanceOf(AuthError);
  expect(error).toMatchObject({
    code: "step_up_required",
    hint: expect.any(String),
    oauthError: "insufficient_user_authentication",
    stepUp: { acrValues: ["urn:strong"], maxAge: 300 },
  });
  await auth.signIn((error as AuthError).stepUp);
  expect((await auth.fetch("https://id.example/api/strict")).status).toBe(200);
  await expect(auth.signIn({ timeoutMs: -1 })).rejects.toMatchObject({ code: "invalid_config" });
});

test("userInfo and the session have no claim but those that the app allows", async () => {
  const { openConnected, client } = await createTestApp({ serve: { claims: ["name", "constructor"] } });
  const auth = await openConnected();
  const session = await auth.signIn();
  expect(session).not.toHaveProperty("subject");
  expect(Object.keys(session.claims ?? {})).toEqual([]);
  expect(Object.keys((await client.userInfo()) ?? {}).toSorted()).toEqual(["name", "sub"]);
  expect(await auth.userInfo()).toEqual({ name: "Ada Lovelace" });
});

test("no token, verifier, code or record crosses in a whole journey", async () => {
  const { openWindow, server, ports } = await createTestApp({
    serve: { allow: ["url", "submitRedirect", "useDeviceCode"], claims: ["sub", "name"] },
  });
  const { page } = (await openWindow()).webContents;
  const { say, heard, hears } = await takePort(page);
  say({ type: "subscribe" });
  for (const [id, name] of (["signIn", "userInfo", "signOut"] as const).entries()) {
    say({ type: "call", id, command: { name, ...(name !== "userInfo" && { options: {} }) } });
    // oxlint-disable-next-line no-await-in-loop
    await expect.poll(() => heard.some((message) => message["id"] === id)).toBe(true);
  }
  await hears("answer");
  const crossed = JSON.stringify(heard);
  expect(crossed).toContain("authenticated");
  expect(crossed).toContain("logging-out");
  expect(server.secrets.length).toBeGreaterThan(3);
  for (const secret of server.secrets) expect(crossed).not.toContain(secret);
  expect(crossed).not.toContain("id_token_hint");
  const [visit] = ports.opened.slice(-1);
  expect(crossed).not.toContain(new URL(visit!).pathname);
});

test("a page without a preload, or whose port was taken, is told what to do", async () => {
  const { double, openWindow } = await createTestApp();
  const bare = new double.main.BrowserWindow();
  await bare.loadURL(PAGE);
  expect(() => connectTo(bare.webContents.page)).toThrow(/no preload of Loopkey/);
  const { page } = (await openWindow()).webContents;
  await takePort(page);
  expect(() => connectTo(page)).toThrow(/has its port already/);
});

test("a second connectAuth in the page gives the same object", async () => {
  const { openWindow } = await createTestApp();
  const { page } = (await openWindow()).webContents;
  expect(connectTo(page)).toBe(connectTo(page));
});
