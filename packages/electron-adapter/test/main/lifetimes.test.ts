import { reached } from "@loopkey/core/testing";
import { createLoopbackListener } from "@loopkey/node-adapter";
import { afterEach, describe, expect, test, vi } from "vitest";
import { connectTo, createTestApp, type TestApp } from "../support/app.js";

afterEach(() => void vi.useRealTimers());

/** Once the process would have ended. */
function ended({ double: { main } }: TestApp): Promise<number> {
  return new Promise((resolve) => main.app.once("quit", (_event: unknown, code: number) => resolve(code)));
}

/** An app that is refreshing: the answer, or the save after it, comes when it is let go. */
async function createRefreshing(where: "answer" | "save"): Promise<TestApp & { letGo: () => void }> {
  let letGo = (): void => {};
  const held = new Promise<void>((resolve) => (letGo = resolve));
  let isHolding = false;
  let begun = (): void => {};
  const isHeld = new Promise<void>((resolve) => (begun = resolve));
  const app = await createTestApp({
    ports: ({ store, fetch: server }) => ({
      store: {
        ...store,
        save: async (record) => {
          if (isHolding && where === "save") {
            begun();
            await held;
          }
          await store.save(record);
        },
      },
      fetch: async (input, init) => {
        const answer = server!(input, init);
        if (isHolding && where === "answer") {
          begun();
          await held;
        }
        return answer;
      },
    }),
  });
  await app.client.signIn();
  isHolding = true;
  void app.client.getAccessToken({ forceRefresh: true }).catch(() => {});
  await isHeld;
  expect(app.client.getState().status).toBe("refreshing");
  return { ...app, letGo };
}

describe("sleep, wake and the network", () => {
  test.each(["resume", "unlock-screen"])("%s wakes the client: what is due is refreshed", async (event) => {
    const { client, ports, double, server } = await createTestApp();
    await client.signIn();
    ports.clock.sleep(24 * 3_600_000);
    const before = server.requests.length;
    double.main.powerMonitor.emit(event);
    await reached(client, ({ status }) => status === "refreshing");
    await reached(client, ({ status }) => status === "authenticated");
    expect(server.requests.length).toBeGreaterThan(before);
  });

  test("online, as the preload hears it, does too", async () => {
    const { client, ports, openWindow } = await createTestApp();
    await client.signIn();
    const { page } = (await openWindow()).webContents;
    ports.clock.sleep(24 * 3_600_000);
    page.window.dispatchEvent(new Event("online"));
    await reached(client, ({ status }) => status === "refreshing");
  });

  test("of a document that is not served it does not", async () => {
    const { client, ports, openWindow } = await createTestApp();
    await client.signIn();
    const { page } = (await openWindow("https://evil.example/")).webContents;
    ports.clock.sleep(24 * 3_600_000);
    page.window.dispatchEvent(new Event("online"));
    await connectTo((await openWindow()).webContents.page).ready();
    expect(client.getState().status).toBe("authenticated");
  });
});

describe("quitting", () => {
  test("while nobody waits ends at once, and the client is closed", async () => {
    const app = await createTestApp();
    await app.client.signIn();
    app.double.main.app.quit();
    expect(app.double.main.app.exitCode).toBe(0);
    await expect(app.client.signIn()).rejects.toMatchObject({ code: "closed" });
  });

  test("while a sign-in waits cancels it, and leaves no listener", async () => {
    const app = await createTestApp({
      person: () => {},
      ports: () => ({ listenForRedirect: createLoopbackListener() }),
    });
    const signIn = app.client.signIn();
    const failed = expect(signIn).rejects.toMatchObject({ code: "closed" });
    const state = await reached(
      app.client,
      (each) => each.status === "awaiting-callback" && each.step === "waiting",
    );
    const { url } = state as { readonly url: string };
    const redirect = new URL(url).searchParams.get("redirect_uri")!;
    expect((await fetch(redirect)).status).toBe(400);
    const quit = ended(app);
    app.double.main.app.quit();
    expect(await quit).toBe(0);
    await failed;
    await expect(fetch(redirect)).rejects.toThrow("fetch failed");
  });

  test.each(["answer", "save"] as const)("in a refresh waits for its %s", async (where) => {
    const app = await createRefreshing(where);
    const before = await app.ports.store.load();
    const quit = ended(app);
    app.double.main.app.quit();
    // A second one, by an impatient person, changes nothing.
    app.double.main.app.quit();
    expect(app.double.main.app.exitCode).toBeUndefined();
    app.letGo();
    expect(await quit).toBe(0);
    expect(await app.ports.store.load()).not.toBe(before);
  });

  test("in a refresh that does not end waits five seconds, and no longer", async () => {
    const app = await createRefreshing("answer");
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const isEnded = ended(app);
    app.double.main.app.quit();
    await vi.advanceTimersByTimeAsync(4_999);
    expect(app.double.main.app.exitCode).toBeUndefined();
    await vi.advanceTimersByTimeAsync(1);
    expect(await isEnded).toBe(0);
    vi.useRealTimers();
    app.letGo();
  });

  test("that the app itself prevents closes nothing", async () => {
    const app = await createTestApp();
    const { app: electron } = app.double.main;
    electron.prependOnceListener("will-quit", (event: { preventDefault(): void }) => event.preventDefault());
    electron.quit();
    expect(electron.exitCode).toBeUndefined();
    expect(await app.client.signIn()).toHaveProperty("subject");
  });

  test("two clients are both waited for", async () => {
    const one = await createRefreshing("save");
    const two = await createTestApp({ serve: { electron: one.double.main }, person: () => {} });
    const waiting = two.client.signIn().catch((error: { code: string }) => error.code);
    const quit = ended(one);
    one.double.main.app.quit();
    expect(await waiting).toBe("closed");
    expect(one.double.main.app.exitCode).toBeUndefined();
    one.letGo();
    await quit;
  });

  test("app.exit() waits for nothing", async () => {
    const app = await createRefreshing("save");
    app.double.main.app.exit(0);
    expect(app.double.main.app.exitCode).toBe(0);
    app.letGo();
  });
});

describe("the end of the person's session at the system", () => {
  const createEvent = () => {
    const event = { defaultPrevented: false, preventDefault: () => void (event.defaultPrevented = true) };
    return event;
  };

  test("waits for a refresh, then lets the app quit", async () => {
    const app = await createRefreshing("save");
    const window = await app.openWindow();
    const event = createEvent();
    const quit = ended(app);
    window.emit("query-session-end", event);
    expect(event.defaultPrevented).toBe(true);
    app.letGo();
    await quit;
  });

  test("is not held up otherwise, nor by a window that was closed", async () => {
    const app = await createTestApp();
    await app.client.signIn();
    const window = await app.openWindow();
    const event = createEvent();
    window.emit("query-session-end", event);
    expect(event.defaultPrevented).toBe(false);
    window.destroy();
    expect(window.listenerCount("query-session-end") + window.listenerCount("closed")).toBe(0);
  });
});
