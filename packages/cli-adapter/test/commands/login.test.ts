import { describe, expect, it } from "vitest";
import { brokenStore, createCommandLine, SIGNED_IN } from "../support.js";

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe("login", () => {
  it("signs in, says who that is on stdout, and everything else on stderr", async () => {
    const line = await createCommandLine();
    line.server.idTokenClaims = { name: "Ada Lovelace" };
    const { code, io } = await line.login();
    expect(code).toBe(0);
    expect(io.out).toBe(
      [
        "Signed in as Ada Lovelace (ada).",
        "  server:  https://id.example",
        "  client:  app",
        "  scope:   openid offline_access",
        "  store:   keyring",
        "  profile: default",
        "",
      ].join("\n"),
    );
    expect(io.err).toContain(line.made[0]!.opened[0]);
    expect(io.err).toContain("Finishing");
  });

  it("prints the session as one JSON value", async () => {
    const line = await createCommandLine();
    const { code, io } = await line.login("--json");
    expect(code).toBe(0);
    expect(io.json()).toEqual({ ...SIGNED_IN, accessTokenExpiresAt: iso });
  });

  it("asks for what --prompt says, and remembers it for no other time", async () => {
    const line = await createCommandLine();
    expect((await line.login("--prompt consent")).code).toBe(0);
    expect((await line.run("login")).code).toBe(0);
    const asked = line.server.authorizations.map((request) => request.get("prompt"));
    expect(asked).toEqual(["consent", null]);
  });

  it("says on stderr that a session cannot be renewed, and what asks for one that can", async () => {
    const line = await createCommandLine();
    const { code, io } = await line.login("--scope openid --json");
    expect(code).toBe(0);
    expect(io.json()).toMatchObject({ status: "authenticated" });
    expect(io.err).toMatch(/^.*refresh token.*offline_access.*$/m);
    expect((await line.login("--json")).io.err).not.toContain("refresh token");
  });

  it("opens no browser with --no-browser, and prints the address", async () => {
    const line = await createCommandLine();
    const ran = line.run(`login --issuer ${line.server.issuer} --client-id app --no-browser`, {
      onErr(text) {
        const [url] = /https:\S+/.exec(text) ?? [];
        if (url !== undefined) void line.made[0]!.listener.visit(line.server.authorize(url));
      },
    });
    expect(await ran).toMatchObject({ code: 0 });
    expect(line.made[0]!.opened).toEqual([]);
  });

  it("prints another address before the server forgets the first, and signs in by that", async () => {
    const metadata = { require_pushed_authorization_requests: true };
    const line = await createCommandLine({ offers: ["par"], metadata });
    const { code, io } = await line.run(`login --issuer ${line.server.issuer} --client-id app --no-browser`, {
      onErr(text) {
        const { clock, listener } = line.made[0]!;
        const [url] = /https:\S+/.exec(text) ?? [];
        if (url === undefined) return;
        if (text.includes("From now on, go to:")) void listener.visit(line.server.authorize(url));
        else void clock.advance(55_000);
      },
    });
    expect(code).toBe(0);
    expect(io.err.match(/request_uri=/g)).toHaveLength(2);
  });

  it("says that no browser opened, and still signs in by the address", async () => {
    const line = await createCommandLine({
      person() {
        throw new Error("There is no display.");
      },
    });
    const { code, io } = await line.run(`login --issuer ${line.server.issuer} --client-id app`, {
      onErr(text) {
        const { opened, listener } = line.made[0]!;
        if (text.includes("No browser")) void listener.visit(line.server.authorize(opened[0]!));
      },
    });
    expect(code).toBe(0);
    expect(io.err).toContain("No browser could be opened. Open the address above yourself.");
  });

  it("shows a code with --device, and signs in without a browser or a port", async () => {
    const line = await createCommandLine({ offers: ["device"] });
    const ran = line.run(`login --issuer ${line.server.issuer} --client-id app --device`, {
      onErr(text) {
        const [code] = /\b[A-Z]{4}-[A-Z]{4}\b/.exec(text) ?? [];
        if (code === undefined) return;
        line.server.approveDevice(code);
        void line.made[0]!.clock.advance(5_000);
      },
    });
    const { code, io } = await ran;
    expect(code).toBe(0);
    expect(io.out).toContain("Signed in as ada");
    expect(io.err).toContain("  https://id.example/activate\nand enter this code:\n");
    expect(io.err).toMatch(/Or open the address with the code in it:\n {2}https:\S+user_code=/);
    expect(io.err).toMatch(/Waiting for you to enter the code, \d+:\d\d left/);
    expect(io.err).not.toContain("If your browser does not open");
    expect(line.made[0]!.opened).toEqual([]);
  });

  it("shows a code beside the address where no browser opens and the server has codes", async () => {
    const line = await createCommandLine({
      offers: ["device"],
      person() {
        throw new Error("There is no display.");
      },
    });
    const { code, io } = await line.run(`login --issuer ${line.server.issuer} --client-id app`, {
      onErr(text) {
        const { opened, listener } = line.made[0]!;
        if (text.includes("enter this code")) void listener.visit(line.server.authorize(opened[0]!));
      },
    });
    expect(code).toBe(0);
    expect(io.err).toMatch(/No browser could be opened.*\n(?:Waiting .*\n)?Or, on any device, go to:\n/);
  });

  it("says with --device that a server has no codes", async () => {
    const line = await createCommandLine();
    const { code, io } = await line.login("--device");
    expect(code).toBe(1);
    expect(io.err).toMatch(/has no device flow.*\[unsupported_by_server]/);
  });

  it("finds out that the store does not work before the browser opens, and changes nothing", async () => {
    const line = await createCommandLine({ store: brokenStore() });
    const { code, io } = await line.login();
    expect(code).toBe(1);
    expect(io.out).toBe("");
    expect(io.err).toMatch(
      /^loopkey: There is no keyring\. Install gnome-keyring\. .*--store memory\. \[store_unavailable]$/m,
    );
    expect(line.made[0]!.opened).toEqual([]);
    expect(await line.run("status")).toMatchObject({ code: 4 });
  });

  it("says more to do than fits on the line below it, a sentence a line, and as one text with --json", async () => {
    const hint = `Set a passphrase. Or: ask (Debian, Ubuntu: somebody) else. Start ${"x".repeat(160)}.`;
    const line = await createCommandLine({ store: brokenStore(hint) });
    const { io } = await line.login();
    expect(io.err.split("\n").slice(1)).toEqual([
      "loopkey: There is no keyring. [store_unavailable]",
      "  Set a passphrase.",
      "  Or: ask (Debian, Ubuntu: somebody) else.",
      `  Start ${"x".repeat(160)}.`,
      "  To try it without keeping the session: --store memory.",
      "",
    ]);
    expect((await line.login("--json")).io.json()).toMatchObject({
      error: { hint: `${hint} To try it without keeping the session: --store memory.` },
    });
  });

  it("remembers nothing with --store memory, and says so", async () => {
    const line = await createCommandLine();
    const { code, io } = await line.login("--store memory --json");
    expect(code).toBe(0);
    expect(io.err).toContain("nothing is remembered");
    expect(io.json()).toMatchObject({ store: { kind: "memory", persistent: false } });
    expect((await line.run("status --json")).io.json()).toMatchObject({ status: "idle", issuer: null });
  });

  it.each([
    {
      what: "the person refuses",
      person: "deny" as const,
      code: "access_denied",
      hint: 'Run "loopkey login".',
    },
    {
      what: "the time is up",
      person: undefined,
      code: "timed_out",
      // The commonest reason is one that only the browser shows.
      hint: expect.stringMatching(/^Sign in again.* is the client id right.*\?$/) as string,
    },
  ])("fails with one line when $what", async ({ person, code, hint }) => {
    const line = await createCommandLine({
      person(url, { listener, server }) {
        if (person) void listener.visit(server.authorize(url, person));
        else void line.made[0]!.clock.advance(7_000);
      },
    });
    const ran = await line.login("--timeout 7 --json");
    expect(ran.code).toBe(1);
    expect(ran.io.json()).toEqual({
      error: { code, message: expect.any(String), hint, retryable: false },
    });
    expect(ran.io.err).toMatch(new RegExp(`^loopkey: .* \\[${code}]$`, "m"));
    expect(line.made[0]!.listener.isListening).toBe(false);
  });

  it("is interrupted at once, with nothing left listening and nothing remembered", async () => {
    const interruption = new AbortController();
    const line = await createCommandLine({ person: () => interruption.abort() });
    const { code, io } = await line.run(`login --issuer ${line.server.issuer} --client-id app --json`, {
      signal: interruption.signal,
    });
    expect(code).toBe(130);
    expect(io.json()).toEqual({
      error: { code: "cancelled", message: "Interrupted.", hint: null, retryable: false },
    });
    expect(line.made[0]!.listener.isListening).toBe(false);
    expect(line.made[0]!.clock.armed).toBe(0);
    expect(await line.run("status")).toMatchObject({ code: 4 });
  });
});
