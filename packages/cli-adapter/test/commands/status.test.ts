import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createMemoryStore, type WithLock } from "@loopkey/core";
import { createFakeLock } from "@loopkey/core/testing";
import { APP_FILE_EXTENSION, createRefusingStore } from "@loopkey/node-adapter";
import { describe, expect, it, onTestFinished } from "vitest";
import { brokenStore, createCommandLine, SIGNED_IN } from "../support.js";

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe("status", () => {
  it("says who is signed in without a request", async () => {
    const line = await createCommandLine();
    await line.login();
    const before = line.server.requests.length;
    const { code, io } = await line.run("status --json");
    expect(code).toBe(0);
    expect(io.json()).toEqual({ ...SIGNED_IN, accessTokenExpiresAt: null });
    expect((await line.run("status")).io.out).toMatch(/^Signed in as ada\.\n/);
    expect(line.server.requests).toHaveLength(before);
  });

  it("is 4 when nobody is signed in, and says what to run", async () => {
    const line = await createCommandLine();
    const { code, io } = await line.run("status --profile work");
    expect({ code, out: io.out, err: io.err }).toEqual({
      code: 4,
      out: 'Not signed in. Run "loopkey login --profile work --issuer URL --client-id ID".\n',
      err: "",
    });
    expect((await line.run("status --json")).io.json()).toEqual({
      v: 1,
      profile: "default",
      status: "idle",
      issuer: null,
      clientId: null,
      subject: null,
      scope: [],
      accessTokenExpiresAt: null,
      store: { kind: "auto", persistent: true },
      reason: null,
    });
  });

  it("is 1 when the store cannot be read, with the reason", async () => {
    const store = createMemoryStore();
    const line = await createCommandLine({ store: { ...store, load: () => current.load() } });
    let current = store;
    await line.login();
    current = brokenStore();
    const { code, io } = await line.run("status --json");
    expect(code).toBe(1);
    expect(io.json()).toMatchObject({
      status: "idle",
      issuer: "https://id.example",
      reason: { code: "store_unavailable", detail: "no_dbus", hint: "Install gnome-keyring.", at: iso },
    });
    const text = await line.run("status");
    expect(text.code).toBe(1);
    expect(text.io.out).toBe("");
    expect(text.io.err).toBe("loopkey: There is no keyring. Install gnome-keyring. [store_unavailable]\n");
  });

  it("is 1 when the session is in a file that only the desktop app can open, and names it", async () => {
    const home = await mkdtemp(join(tmpdir(), "loopkey-status-"));
    onTestFinished(() => rm(home, { recursive: true }));
    const store = createRefusingStore(createMemoryStore(), {
      appName: "notes",
      env: { XDG_STATE_HOME: home, LOCALAPPDATA: home },
    });
    const line = await createCommandLine({ store });
    await line.login();
    const file = join(home, "loopkey", "notes", `session-default.${APP_FILE_EXTENSION}`);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, "");
    const { code, io } = await line.run("status");
    expect({ code, out: io.out }).toEqual({ code: 1, out: "" });
    expect(io.err).toContain(`The session is in ${file}, which only the desktop app can open`);
    expect((await line.run("status --json")).io.json()).toMatchObject({
      reason: { code: "store_unavailable", detail: "kept_by_app" },
    });
    await rm(file);
    expect((await line.run("status")).code).toBe(0);
  });

  it("is 1 when a damaged record waits for a lock that another process has: nobody knows who is signed in", async () => {
    const held: WithLock = () => Promise.reject(Object.assign(new Error("Held"), { code: "lock_timeout" }));
    let withLock: WithLock = createFakeLock();
    const line = await createCommandLine({ lock: (task, options) => withLock(task, options) });
    await line.login();
    await line.store.save("not a record");
    withLock = held;
    const { code, io } = await line.run("status");
    expect({ code, out: io.out }).toEqual({ code: 1, out: "" });
    expect(io.err).toMatch(/^loopkey: Held\. .* \[lock_timeout\]\n$/);
    expect((await line.run("token")).code).toBe(1);
  });

  it("is 1, too, where there can be no lock, and says so under its own name", async () => {
    let withLock: WithLock = createFakeLock();
    const line = await createCommandLine({ lock: (task, options) => withLock(task, options) });
    await line.login();
    await line.store.save("not a record");
    withLock = () => Promise.reject(Object.assign(new Error("No locks"), { code: "lock_unavailable" }));
    const { code, io } = await line.run("status");
    expect({ code, out: io.out }).toEqual({ code: 1, out: "" });
    expect(io.err).toMatch(/^loopkey: No locks\. .* \[lock_unavailable\]\n$/);
  });

  it("is 4 for a record that nobody can read", async () => {
    const line = await createCommandLine();
    await line.login();
    await line.store.save("not a record");
    const { code, io } = await line.run("status --json");
    expect(code).toBe(4);
    expect(io.json()).toMatchObject({ status: "idle", reason: { code: "record_corrupt" } });
    // It was set aside: from then on nothing is stored.
    expect((await line.run("status")).io.out).toBe('Not signed in. Run "loopkey login".\n');
    await line.store.save("not a record");
    expect((await line.run("status")).io.out).toMatch(/^Not signed in\. .* Run "loopkey login"\.\n$/);
  });
});
