import { Writable } from "node:stream";
import type { AuthClient, AuthState } from "@loopkey/core";
import { afterEach, describe, expect, it, vi } from "vitest";
import type { CommandIO } from "../../src/terminal/io.js";
import { showSignIn } from "../../src/terminal/progress.js";

const url =
  "https://id.example/authorize?client_id=my-cli&redirect_uri=http%3A%2F%2F127.0.0.1%3A50000%2Fcallback";

function arrange(more: object = {}) {
  vi.useFakeTimers();
  const said: string[] = [];
  const stderr = new Writable({
    write(chunk: Buffer, _, done) {
      said.push(chunk.toString());
      done();
    },
  });
  const state = {
    status: "awaiting-callback",
    step: "waiting",
    deadline: Date.now() + 300_000,
    url,
    browser: "opened",
    store: { kind: "test", persistent: true },
    can: [],
    ...more,
  } as unknown as AuthState;
  let listener: (state: AuthState) => void = () => {};
  const client = {
    getState: () => state,
    subscribe(each: (state: AuthState) => void) {
      listener = each;
      return () => {};
    },
  } as unknown as AuthClient;
  const io = { stderr, stdout: stderr, env: {}, isInteractive: false } as unknown as CommandIO;
  return { client, io, said, begin: () => listener(state) };
}

afterEach(() => {
  vi.useRealTimers();
});

const options = { openBrowser: true, takesPaste: false };

describe("while nothing comes back from the browser", () => {
  it("says after 30 seconds what is wrong most often, by name, and says it once", async () => {
    const { client, io, said, begin } = arrange();
    const display = await showSignIn(client, io, options);
    begin();
    await vi.advanceTimersByTimeAsync(29_000);
    expect(said.join("")).not.toContain("Nothing has come back");
    await vi.advanceTimersByTimeAsync(60_000);
    display.stop();
    const text = said.join("");
    expect(text.match(/Nothing has come back/g)).toHaveLength(1);
    expect(text).toContain(
      "is http://127.0.0.1:50000/callback registered for the client my-cli, with this port or any?",
    );
  });

  it("says it without names where the address has none", async () => {
    const { client, io, said, begin } = arrange({ url: "https://id.example/authorize?request_uri=urn:1" });
    const display = await showSignIn(client, io, options);
    begin();
    await vi.advanceTimersByTimeAsync(31_000);
    display.stop();
    expect(said.join("")).toContain("is the redirect URI registered");
  });

  it("says nothing of it to whoever enters a code on another device", async () => {
    const device = {
      userCode: "A",
      verificationUri: "https://id.example/d",
      expiresAt: Date.now() + 600_000,
    };
    const { client, io, said, begin } = arrange({ url: undefined, device });
    const display = await showSignIn(client, io, options);
    begin();
    await vi.advanceTimersByTimeAsync(60_000);
    display.stop();
    expect(said.join("")).not.toContain("Nothing has come back");
  });
});
