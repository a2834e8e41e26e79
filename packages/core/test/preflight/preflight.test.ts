// The preflight as a whole, and what it finds on this machine. Each test breaks one thing, and only its check says so.
import { describe, expect, it } from "vitest";
import type { AuthPorts } from "../../src/index.js";
import { createFakeListener } from "../../src/testing/index.js";
import { arrange, checkOf, DISCOVERY, expectNothingLeft, only } from "../support/preflight.js";
import { createTestStore, errorOf, HOUR, lockedKeyring, MINUTE, quiet, SECOND } from "../support/world.js";

const NAMES = ["store", "lock", "redirect", "server", "clock", "features"] as const;

describe("where everything is well", () => {
  it("every check passes, in the order of the contract, and the report is plain JSON", async () => {
    const { run, ports } = await arrange();
    const report = await run();
    expect(report.ok).toBe(true);
    expect(report.checks.map(({ name, status }) => [name, status])).toEqual(
      NAMES.map((name) => [name, "passed"]),
    );
    for (const { message } of report.checks) expect(message).toMatch(/^[A-Zh].*\.$/);
    expect(report.features).toEqual({
      refresh: true,
      userInfo: true,
      revocation: true,
      endSession: true,
      deviceCode: false,
      pushedAuthorization: false,
      dpop: false,
      registration: false,
    });
    expect(JSON.parse(JSON.stringify(report))).toEqual(report);
    expect(ports.store).toMatchObject({ calls: ["probe"], record: null });
  });

  it("asks for the metadata once, the keys once and the time once, and sends nothing", async () => {
    const { run, server } = await arrange();
    await run();
    expect(server.requests.map(({ method, path }) => `${method} ${path}`).toSorted()).toEqual([
      `GET ${DISCOVERY}`,
      "GET /jwks",
      `HEAD ${DISCOVERY}`,
    ]);
    for (const { body, authorization } of server.requests)
      expect({ body: body.toString(), authorization }).toEqual({ body: "", authorization: null });
  });

  it("a store in memory is no failure, and says what it means", async () => {
    const store = { ...createTestStore(), info: { kind: "memory", persistent: false } };
    const { run } = await arrange({ store });
    expect(checkOf(await run(), "store")).toMatchObject({
      status: "passed",
      detail: "memory",
      message: "The store is memory: a session ends with its process.",
    });
  });

  it("metadata that the caller gives needs no discovery, and scope without openid no keys", async () => {
    const { run, server } = await arrange();
    const given = {
      issuer: server.issuer,
      authorization_endpoint: `${server.issuer}/authorize`,
      token_endpoint: "https://login.example/token",
      code_challenge_methods_supported: ["S256"],
    };
    expect(await run({ server: given, scope: "notes" })).toMatchObject({ ok: true });
    expect(server.requests.map(({ method, path }) => `${method} ${path}`)).toEqual(["HEAD /"]);
  });
});

describe("store", () => {
  it("fails as the store says", async () => {
    const store = createTestStore();
    store.faults.probe = lockedKeyring();
    const { run } = await arrange({ store });
    expect(only(await run())).toEqual({
      name: "store",
      status: "failed",
      code: "store_unavailable",
      detail: "locked",
      message: "The keyring is locked",
      hint: "Unlock the keyring.",
    });
  });

  it("fails when it throws at once, as an adapter may", async () => {
    const probe = (): never => {
      throw new Error("no such store");
    };
    const { run } = await arrange({ store: { ...createTestStore(), probe } });
    expect(only(await run())).toMatchObject({ code: "store_unavailable", message: "no such store" });
  });

  it("fails after timeoutMs when it does not answer, and the others have their say", async () => {
    const store = createTestStore();
    store.gates.probe = new Promise(() => {});
    const { run, ports, onlyTimers } = await arrange({ store });
    const report = run({}, { timeoutMs: 9_000 });
    await onlyTimers(2);
    await ports.clock.advance(8_999);
    expect(ports.clock.armed).toBe(2);
    await ports.clock.advance(1);
    expect(only(await report)).toMatchObject({
      name: "store",
      code: "store_unavailable",
      detail: "timeout",
      message: "The session store has not answered within 9 seconds.",
    });
  });
});

describe("lock", () => {
  it("fails as the lock says", async () => {
    const withLock: AuthPorts["withLock"] = () =>
      Promise.reject(Object.assign(new Error("No disk"), { code: "lock_unavailable", hint: "Add a disk." }));
    const { run } = await arrange({ ports: { withLock } });
    expect(only(await run())).toMatchObject({
      name: "lock",
      code: "lock_unavailable",
      detail: "lock_unavailable",
      hint: "Add a disk.",
    });
  });

  it("is probed where the ports can: one that another process holds is well, one that cannot be had is not", async () => {
    const withLock: AuthPorts["withLock"] = () => new Promise(() => {});
    const held = await arrange({ ports: { withLock, probeLock: async () => {} } });
    expect(checkOf(await held.run(), "lock").status).toBe("passed");
    const probeLock = () =>
      Promise.reject(Object.assign(new Error("No disk"), { code: "folder_unavailable" }));
    const none = await arrange({ ports: { withLock, probeLock } });
    expect(only(await none.run())).toMatchObject({
      name: "lock",
      code: "lock_unavailable",
      detail: "folder_unavailable",
    });
  });

  it("fails when another process keeps it, and is waited for no longer than timeoutMs", async () => {
    const { run, ports, onlyTimers } = await arrange();
    let release = (): void => {};
    const hold = () => new Promise<void>((resolve) => (release = resolve));
    const held = ports.withLock(hold, { signal: new AbortController().signal });
    const report = run();
    await onlyTimers(1);
    await ports.clock.advance(30_000);
    expect(only(await report)).toMatchObject({ name: "lock", code: "lock_timeout", detail: "timeout" });
    release();
    await held;
    // Nobody waits in vain for one who has gone.
    expect((await run()).ok).toBe(true);
  });
});

describe("redirect", () => {
  const [taken, free] = ["http://127.0.0.1:8080/callback", "http://localhost/callback"];

  it("fails when no redirect URI can be bound, and says why of each", async () => {
    const { run } = await arrange({ takenPorts: [8080] });
    const other = "http://localhost:8080/callback";
    const check = only(await run({ redirectUris: [taken, other] }));
    expect(check).toMatchObject({ name: "redirect", status: "failed", code: "port_unavailable" });
    for (const uri of [taken, other]) expect(check.message).toContain(`${uri}: EADDRINUSE`);
  });

  it("warns when some can, and says which", async () => {
    const { run } = await arrange({ takenPorts: [8080] });
    expect(only(await run({ redirectUris: [taken, free] }))).toMatchObject({
      name: "redirect",
      status: "warned",
      code: "port_unavailable",
      detail: free,
      message: expect.stringMatching(/^Can be bound: http:\/\/localhost\/callback\. .*8080/),
    });
  });

  it("binds every one, one at a time, takes nobody in, and lets go of each", async () => {
    const log: string[] = [];
    const { listenForRedirect } = createFakeListener();
    const spy: AuthPorts["listenForRedirect"] = async (options) => {
      const [uri] = options.uris;
      log.push(`bind ${uri}`);
      const verdict = options.accept(new URL(`${uri}?code=c&state=s`));
      log.push(verdict.accepted ? "taken in" : "turned away");
      options.signal.addEventListener("abort", () => log.push("let go"));
      return listenForRedirect(options);
    };
    const { run } = await arrange({ ports: { listenForRedirect: spy } });
    expect(checkOf(await run({ redirectUris: [taken, free] }), "redirect").detail).toBe(`${taken} ${free}`);
    const each = (uri: string) => [`bind ${uri}`, "turned away", "let go"];
    expect(log).toEqual([...each(taken), ...each(free)]);
  });

  it("is left alone for the device flow, which has none", async () => {
    const listenForRedirect: AuthPorts["listenForRedirect"] = () => expect.fail("a port was opened");
    const metadata = { device_authorization_endpoint: "https://id.example/device" };
    const { run } = await arrange({ metadata, ports: { listenForRedirect } });
    const report = await run({ flow: "device" });
    expect(report.ok).toBe(true);
    expect(checkOf(report, "redirect")).toMatchObject({ status: "skipped" });
  });

  it("fails after timeoutMs when nothing comes of it, and what comes late is told to go", async () => {
    let signal: AbortSignal | undefined;
    const listenForRedirect: AuthPorts["listenForRedirect"] = (options) => {
      signal = options.signal;
      return new Promise(() => {});
    };
    const { run, ports, onlyTimers } = await arrange({ ports: { listenForRedirect } });
    const report = run();
    await onlyTimers(1);
    await ports.clock.advance(30_000);
    expect(only(await report)).toMatchObject({
      name: "redirect",
      code: "port_unavailable",
      detail: "timeout",
    });
    expect(signal?.aborted).toBe(true);
  });
});

describe("a preflight as a whole", () => {
  it("goes on where everything fails at once", async () => {
    const store = createTestStore();
    store.faults.probe = lockedKeyring();
    const withLock: AuthPorts["withLock"] = () => Promise.reject(new Error("no lock"));
    const listenForRedirect: AuthPorts["listenForRedirect"] = () => Promise.reject(new Error("no port"));
    const { run, server } = await arrange({ store, ports: { withLock, listenForRedirect } });
    server.intercept = () => new Response(null, { status: 500 });
    const report = await run();
    expect(report.ok).toBe(false);
    expect(report.checks.map(({ name, status }) => [name, status])).toEqual([
      ["store", "failed"],
      ["lock", "failed"],
      ["redirect", "failed"],
      ["server", "failed"],
      ["clock", "passed"],
      ["features", "skipped"],
    ]);
  });

  it("runs its checks side by side: all that hang are over in one timeoutMs", async () => {
    const never = new Promise<never>(() => {});
    const store = createTestStore();
    store.gates.probe = never;
    const { run, ports } = await arrange({
      store,
      ports: { withLock: () => never, listenForRedirect: () => never, fetch: () => never },
    });
    const report = run({}, { timeoutMs: 3_000 });
    await ports.clock.advance(3_000);
    const { checks } = await report;
    expect(checks.map(({ name, status, detail }) => [name, status, detail])).toEqual([
      ["store", "failed", "timeout"],
      ["lock", "failed", "timeout"],
      ["redirect", "failed", "timeout"],
      ["server", "failed", "timeout"],
      ["clock", "skipped", "timeout"],
      ["features", "skipped", undefined],
    ]);
  });

  it("is over by the wall clock when the machine has slept meanwhile", async () => {
    const store = createTestStore();
    store.gates.probe = new Promise(() => {});
    const { run, ports, onlyTimers } = await arrange({ store });
    const report = run({}, { timeoutMs: 10 * MINUTE });
    await onlyTimers(2);
    ports.clock.sleep(HOUR);
    await ports.clock.advance(30 * SECOND);
    expect(only(await report)).toMatchObject({ name: "store", detail: "timeout" });
  });

  it("is cancelled by its signal, whatever the reason, and leaves nothing", async () => {
    const store = createTestStore();
    store.gates.probe = new Promise(() => {});
    const { run, ports, server } = await arrange({ store });
    server.intercept = () => new Promise<Response>(() => {});
    const leaving = new AbortController();
    const error = errorOf(run({}, { signal: leaving.signal }));
    await quiet();
    leaving.abort(new Error("enough"));
    expect(await error).toMatchObject({ code: "cancelled" });
    expectNothingLeft(ports);
  });

  it("asks nothing of any port when it was cancelled before", async () => {
    const store = createTestStore();
    const { run, server } = await arrange({ store });
    expect(await errorOf(run({}, { signal: AbortSignal.abort() }))).toMatchObject({ code: "cancelled" });
    expect([...store.calls, ...server.requests]).toEqual([]);
  });

  it.each<[string, object, object | undefined, string]>([
    ["invalid_config", { redirectUris: ["https://app.example/callback"] }, undefined, "redirectUris"],
    ["invalid_config", { clientId: "" }, undefined, "clientId"],
    ["invalid_config", {}, { timeoutMs: 0 }, "timeoutMs"],
    ["invalid_config", {}, { timeout: 5 }, "timeout"],
    ["insecure_endpoint", { issuer: "http://id.example" }, undefined, "issuer"],
  ])("rejects with %s for %j %j, and asks nothing of any port", async (code, config, options, detail) => {
    const store = createTestStore();
    const { run, server, ports } = await arrange({ store });
    expect(await errorOf(run(config, options))).toMatchObject({ code, detail });
    expect([...store.calls, ...server.requests]).toEqual([]);
    expectNothingLeft(ports);
  });
});
