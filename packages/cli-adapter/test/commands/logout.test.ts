import { createMemoryStore } from "@loopkey/core";
import { describe, expect, it } from "vitest";
import { brokenStore, createCommandLine, type CommandLine } from "../support.js";

describe("logout", () => {
  it("says item by item what was done", async () => {
    const line = await createCommandLine();
    await line.login();
    const { code, io } = await line.run("logout --browser");
    expect(code).toBe(0);
    expect(io.out).toBe(
      [
        "Signed out.",
        "  session on this machine: ended",
        "  tokens at the server:    ended",
        "  session in the browser:  ended",
        "",
      ].join("\n"),
    );
    expect(await line.store.load()).toBeNull();
  });

  it("opens no browser by itself without a terminal, and does at one", async () => {
    const line = await createCommandLine();
    await line.login();
    expect((await line.run("logout --json")).io.json()).toEqual({
      v: 1,
      local: "done",
      revocation: "done",
      endSession: "skipped",
    });
    await line.login();
    const { io } = await line.run("logout --json", { isInteractive: true });
    expect(io.json()).toMatchObject({ endSession: "done" });
    expect(io.err).toMatch(/^ {2}http:\/\/127\.0\.0\.1:50000\/start-/m);
    await line.login();
    expect((await line.run("logout --no-browser --json", { isInteractive: true })).io.json()).toMatchObject({
      endSession: "skipped",
    });
  });

  it("is 0 when nobody was signed in", async () => {
    const line = await createCommandLine();
    expect(await line.run("logout")).toMatchObject({ code: 0, io: { out: "Nobody was signed in.\n" } });
    await line.login();
    await line.run("logout");
    expect((await line.run("logout --json")).io.json()).toEqual({
      v: 1,
      local: "skipped",
      revocation: "skipped",
      endSession: "skipped",
    });
  });

  it("is 1 when the session could not be deleted here", async () => {
    const store = createMemoryStore();
    const line = await createCommandLine({ store: { ...store, clear: () => brokenStore().clear() } });
    await line.login();
    const { code, io } = await line.run("logout");
    expect(code).toBe(1);
    expect(io.out).toMatch(/^Not signed out\.\n {2}session on this machine: could not be ended\n/);
  });

  it.each([
    { options: "", address: "http://127.0.0.1/logged-out" },
    {
      options: "--post-logout-redirect-uri http://localhost/bye http://[::1]/bye",
      address: "http://localhost/bye or http://[::1]/bye",
    },
  ])("says what to register where the browser does not come back: $address", async ({ options, address }) => {
    let isSigningOut = false;
    const line: CommandLine = await createCommandLine({
      person(url, { listener, server }) {
        if (isSigningOut) void line.made[0]!.clock.advance(60_000);
        else void listener.visit(server.authorize(url));
      },
    });
    await line.login(options);
    isSigningOut = true;
    const { code, io } = await line.run("logout --browser");
    expect(code).toBe(0);
    expect(io.out).toContain("  session in the browser:  could not be ended\n");
    expect(io.err).toMatch(/^The browser did not come back\. .* error page, register/m);
    expect(io.err).toContain(`after a logout: ${address}\n`);
    isSigningOut = false;
    await line.login();
    expect((await line.run("logout")).io.err).toBe("");
  });

  it("says nothing of a browser that was not sent anywhere", async () => {
    const line = await createCommandLine();
    await line.login();
    line.server.fault = "discovery-503";
    const { io } = await line.run("logout --browser");
    expect(io.out).toContain("  session in the browser:  could not be ended\n");
    expect(io.err).toBe("");
  });

  it("stops waiting for the browser when it is interrupted, and says what was done", async () => {
    const interruption = new AbortController();
    const line = await createCommandLine();
    await line.login();
    const { code, io } = await line.run("logout --browser --json", {
      signal: interruption.signal,
      onErr: (text) => void (text.includes("Waiting") && interruption.abort()),
    });
    expect(code).toBe(130);
    expect(io.json()).toEqual({ v: 1, local: "done", revocation: "done", endSession: expect.any(String) });
    expect(line.made.at(-1)!.listener.isListening).toBe(false);
  });
});
