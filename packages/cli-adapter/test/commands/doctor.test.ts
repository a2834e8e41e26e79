import { createMemoryStore, type PreflightReport } from "@loopkey/core";
import { createFakeListener } from "@loopkey/core/testing";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { brokenStore, createCommandLine, type CommandLine } from "../support.js";

const asked = ({ server }: CommandLine, more = "") =>
  `doctor --issuer ${server.issuer} --client-id app ${more}`.trim();

const linesOf = (out: string) => out.split("\n").slice(0, -1);

describe("doctor", () => {
  it("says of each check how it ended, a line each, before anybody has signed in, and remembers nothing", async () => {
    const line = await createCommandLine();
    const { code, io } = await line.run(asked(line));
    expect({ code, err: io.err }).toEqual({ code: 0, err: "" });
    expect(linesOf(io.out).map((text) => /^(\w+) +([\w-]+): +[A-Zh].*\.$/.exec(text)?.slice(1))).toEqual([
      ["passed", "store"],
      ["passed", "lock"],
      ["passed", "redirect"],
      ["passed", "server"],
      ["skipped", "clock"],
      ["passed", "features"],
      ["passed", "profile"],
      ["passed", "network"],
      ["skipped", "terminal"],
    ]);
    expect(line.made.flatMap(({ opened }) => opened)).toEqual([]);
    expect(await readdir(line.folder)).toEqual([]);
    expect((await line.run("status")).code).toBe(4);
  });

  it("takes what login remembered, and leaves the session alone", async () => {
    const line = await createCommandLine();
    await line.login("--redirect-uri http://localhost/cb");
    const record = await line.store.load();
    const { code, io } = await line.run("doctor");
    expect(code).toBe(0);
    expect(io.out).toContain("Can be bound: http://localhost/cb.");
    expect(await line.store.load()).toBe(record);
    expect((await line.run("status")).code).toBe(0);
  });

  it("options of the command line go before those remembered", async () => {
    const line = await createCommandLine();
    await line.login("--redirect-uri http://localhost/cb");
    const { io } = await line.run("doctor --redirect-uri http://[::1]/cb");
    expect(io.out).toContain("Can be bound: http://[::1]/cb.");
    expect((await line.run("doctor")).io.out).toContain("Can be bound: http://localhost/cb.");
  });

  it("is 1 when something failed, with what to do, and every other check has its line", async () => {
    const line = await createCommandLine({
      store: brokenStore(),
      listener: createFakeListener({ takenPorts: [8080] }),
    });
    const { code, io } = await line.run(asked(line, "--redirect-uri http://127.0.0.1:8080/callback"));
    expect({ code, err: io.err }).toEqual({ code: 1, err: "" });
    const lines = linesOf(io.out);
    expect(lines).toHaveLength(9);
    expect(lines[0]).toBe(
      "failed   store:    There is no keyring. Install gnome-keyring. To try it without keeping the session: " +
        "--store memory. [store_unavailable]",
    );
    expect(lines[2]).toMatch(/^failed {3}redirect: .*8080.* Close the program .* \[port_unavailable]$/);
    expect(lines[3]).toMatch(/^passed {3}server: /);
  });

  it("what to do stands below the check where it is long", async () => {
    const line = await createCommandLine({ store: brokenStore(`Set a passphrase. Or ${"x".repeat(160)}.`) });
    const { io } = await line.run(asked(line));
    expect(linesOf(io.out).slice(0, 5)).toEqual([
      "failed   store:    There is no keyring. [store_unavailable]",
      "         Set a passphrase.",
      `         Or ${"x".repeat(160)}.`,
      "         To try it without keeping the session: --store memory.",
      expect.stringMatching(/^passed {3}lock: /),
    ]);
  });

  it("--store memory is another store", async () => {
    const line = await createCommandLine({ store: brokenStore() });
    const { code, io } = await line.run(asked(line, "--store memory"));
    expect(code).toBe(0);
    expect(io.out).toMatch(/^passed {3}store: /);
  });

  it("says where profiles are kept", async () => {
    const line = await createCommandLine();
    expect((await line.run(asked(line))).io.out).toContain(
      `passed   profile:  Profiles are kept in ${join(line.folder, "loopkey")}.\n`,
    );
    expect((await line.run(asked(line, "--store memory"))).io.out).toMatch(/^skipped {2}profile: /m);
  });

  it("says whether an address can be pasted", async () => {
    const line = await createCommandLine();
    const ours = await line.run(asked(line), { isInteractive: true });
    expect(ours.io.out).toContain("passed   terminal: An address can be pasted to a login here.\n");
    const foreground = { isOurs: () => false, subscribe: () => () => {} };
    const anothers = await line.run(asked(line), { isInteractive: true, foreground });
    expect(anothers.io.out).toMatch(/^skipped {2}terminal: The terminal is another job's/m);
  });

  it("--device looks for what a code needs, and for no port", async () => {
    const line = await createCommandLine();
    const { code, io } = await line.run(asked(line, "--device"));
    expect(code).toBe(1);
    expect(linesOf(io.out)[2]).toMatch(/^skipped {2}redirect: /);
    expect(linesOf(io.out)[3]).toMatch(
      /^failed {3}server: .* has no device flow\. .*\[unsupported_by_server]$/,
    );
  });

  it("a warning has its hint, and is no failure", async () => {
    const line = await createCommandLine({ metadata: { code_challenge_methods_supported: undefined } });
    const { code, io } = await line.run(asked(line));
    expect(code).toBe(0);
    expect(linesOf(io.out)[3]).toMatch(/^warned {3}server: .* See in the server's documentation .*\.$/);
  });

  it("--json prints the report, of a failure too", async () => {
    const line = await createCommandLine({ store: brokenStore() });
    const { code, io } = await line.run(asked(line, "--json"));
    expect({ code, err: io.err }).toEqual({ code: 1, err: "" });
    const report = io.json() as PreflightReport;
    expect(report).toMatchObject({ v: 1, ok: false });
    expect(report.checks[0]).toEqual({
      name: "store",
      status: "failed",
      code: "store_unavailable",
      detail: "no_dbus",
      message: "There is no keyring.",
      hint: "Install gnome-keyring.",
    });
    expect(report.features).toMatchObject({ revocation: true, deviceCode: false });
  });

  it("text of the server is one line, without what a terminal would obey", async () => {
    const line = await createCommandLine();
    line.server.intercept = () => Response.json({ issuer: "https://id.example/\u001b[2J\nfailed" });
    const { code, io } = await line.run(asked(line));
    expect(code).toBe(1);
    expect(linesOf(io.out)).toHaveLength(9);
    expect(io.out).not.toContain("\u001b");
  });

  it("is 130 when interrupted, at once", async () => {
    const leaving = new AbortController();
    let probed = (): void => {};
    const asking = new Promise<void>((resolve) => (probed = resolve));
    const probe = (): Promise<void> => {
      probed();
      return new Promise(() => {});
    };
    const line = await createCommandLine({ store: { ...createMemoryStore(), probe } });
    const running = line.run(asked(line), { signal: leaving.signal });
    await asking;
    leaving.abort();
    const { code, io } = await running;
    expect({ code, out: io.out }).toEqual({ code: 130, out: "" });
    expect(io.err).toMatch(/\[cancelled]\n$/);
  });

  it.each([
    ["doctor", "loopkey doctor --issuer URL --client-id ID"],
    ["doctor --profile work", "loopkey doctor --profile work --issuer URL --client-id ID"],
    ["doctor --issuer https://id.example", "loopkey doctor --issuer URL --client-id ID"],
  ])("%s: wrong usage where no server is known", async (args, hint) => {
    const { code, io } = await (await createCommandLine()).run(args);
    expect({ code, out: io.out }).toEqual({ code: 2, out: "" });
    expect(io.err).toContain(`Run "${hint}". [invalid_config]`);
  });
});
