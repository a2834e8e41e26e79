import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { listProfiles } from "../../src/profiles/listing.js";
import { brokenStore, createCommandLine, type CommandLine } from "../support.js";

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

interface Listed {
  readonly v: 1;
  readonly profiles: readonly {
    readonly profile: string;
    readonly current: boolean;
    readonly lastOutcome: { readonly code: string; readonly at: string } | null;
  }[];
}

async function listed(line: CommandLine, more = ""): Promise<Listed["profiles"]> {
  const { code, io } = await line.run(`list --json ${more}`);
  expect(code).toBe(0);
  return (io.json() as Listed).profiles;
}

async function two(): Promise<CommandLine> {
  const line = await createCommandLine();
  await line.login("--profile work");
  await line.login("--profile home");
  return line;
}

describe("list", () => {
  it("says who, which server, since when, what came of it last, and the store, of every profile", async () => {
    const line = await two();
    const facts = {
      issuer: "https://id.example",
      clientId: "app",
      subject: "ada",
      store: "keyring",
      current: false,
      signedInAt: iso,
      lastOutcome: { code: "signed_in", at: iso },
    };
    expect(await listed(line)).toEqual([
      expect.objectContaining({ ...facts, profile: "home" }),
      expect.objectContaining({ ...facts, profile: "work" }),
    ]);
    const { io } = await line.run("list");
    expect(io.out).toMatch(
      /^ {2}home\n {4}who: {5}.*ada[^]*server: {2}https:\/\/id\.example[^]*signed_in, as of 20/,
    );
    expect(await listProfiles({ env: { XDG_CONFIG_HOME: line.folder } })).toMatchObject([
      { profile: "home", subject: "ada", isCurrent: false, signedInAt: expect.any(Number) },
      { profile: "work", lastOutcome: { code: "signed_in" } },
    ]);
  });

  it("says that there is no profile yet, and what to do", async () => {
    const line = await createCommandLine();
    expect(await listed(line)).toEqual([]);
    expect((await line.run("list")).io.out).toContain("login --issuer URL --client-id ID");
  });

  it("what a refresh and a sign-out led to is noted, and what a failure did", async () => {
    const line = await two();
    await line.run("token --profile work");
    expect((await listed(line))[1]?.lastOutcome?.code).toBe("refreshed");
    line.server.intercept = () => Promise.resolve(new Response("busy", { status: 503 }));
    await line.run("whoami --profile work");
    line.server.intercept = undefined;
    line.server.endSessions();
    await line.run("token --profile work");
    expect((await listed(line))[1]?.lastOutcome?.code).toBe("session_ended");
    await line.run("logout --profile home");
    expect((await listed(line))[0]?.lastOutcome?.code).toBe("signed_out");
  });

  it("asks no network and opens no store; with --check it opens them", async () => {
    const line = await two();
    await line.run("logout --profile home");
    const made = line.made.length;
    await listed(line);
    expect(line.made).toHaveLength(made);
    expect(await listed(line, "--check")).toMatchObject([
      { profile: "home", check: { status: "signed-out" } },
      { profile: "work", check: { status: "signed-in" } },
    ]);
  });

  it("--check is 1 where a store cannot be opened, and says why", async () => {
    const line = await createCommandLine({ store: brokenStore() });
    await line.login("--profile work");
    const profile = await readFile(join(line.folder, "loopkey", "profile-work.json"), "utf8");
    const path = join(line.folder, "loopkey", "profile-default.json");
    await writeFile(path, profile.replaceAll('"work"', '"default"'));
    const { code, io } = await line.run("list --check --json");
    expect(code).toBe(1);
    expect((io.json() as Listed).profiles).toMatchObject([
      { profile: "default", check: { status: "failed", code: "store_unavailable" } },
      { profile: "work", check: { status: "signed-in" } },
    ]);
  });

  it("a note holds no secret, is for its owner only, and a damaged one is no failure", async () => {
    const line = await two();
    const path = join(line.folder, "loopkey", "account-work.json");
    const text = await readFile(path, "utf8");
    for (const secret of line.server.secrets) expect(text).not.toContain(secret);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    for (const damaged of [
      "",
      "[]",
      "null",
      '{"profile":"home","subject":"eve"}',
      '{"profile":"work","lastOutcome":7}',
    ]) {
      // oxlint-disable-next-line no-await-in-loop
      await writeFile(path, damaged);
      // oxlint-disable-next-line no-await-in-loop
      expect((await listed(line))[1]).toMatchObject({ profile: "work", subject: null, lastOutcome: null });
    }
    await line.run("token --profile work");
    expect((await listed(line))[1]).toMatchObject({ subject: "ada", lastOutcome: { code: "refreshed" } });
  });

  it("control characters that a server sent do not reach the terminal", async () => {
    const line = await createCommandLine();
    await line.login();
    const path = join(line.folder, "loopkey", "account-default.json");
    const note = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...note, name: "\u001b]0;owned\u0007Ada" }));
    expect((await line.run("list")).io.out).not.toMatch(/\p{Cc}(?<!\n)/u);
  });
});

describe("which profile", () => {
  it("switch chooses for commands that name none; LOOPKEY_PROFILE wins over it, --profile over both", async () => {
    const line = await two();
    const asked = async (args: string, env = {}) =>
      ((await line.run(`${args} --json`, { env })).io.json() as { profile: string }).profile;
    expect(await asked("status")).toBe("default");
    expect((await line.run("switch work")).io.out).toBe('The profile is "work" now (https://id.example).\n');
    expect(await asked("status")).toBe("work");
    expect(await asked("status", { LOOPKEY_PROFILE: "home" })).toBe("home");
    expect(await asked("status --profile work", { LOOPKEY_PROFILE: "home" })).toBe("work");
    expect((await listed(line)).map(({ profile, current }) => [profile, current])).toEqual([
      ["home", false],
      ["work", true],
    ]);
    expect((await line.run("token")).code).toBe(0);
    const hinted = await line.run("token --profile default");
    expect(hinted.io.err).toContain('"loopkey login --profile default --issuer');
  });

  it("switch says that LOOPKEY_PROFILE wins here", async () => {
    const { code, io } = await (await two()).run("switch work", { env: { LOOPKEY_PROFILE: "home" } });
    expect(code).toBe(0);
    expect(io.err).toContain("LOOPKEY_PROFILE is set here");
  });

  it.each(["switch nobody", "switch ../evil", "switch"])(
    "%s: wrong usage, and nothing is chosen",
    async (args) => {
      const line = await two();
      const { code, io } = await line.run(args);
      expect({ code, out: io.out }).toEqual({ code: 2, out: "" });
      if (args === "switch nobody") expect(io.err).toContain("There are home, work.");
      expect((await listed(line)).some(({ current }) => current)).toBe(false);
    },
  );

  it("a wrong LOOPKEY_PROFILE is told, and a damaged choice too", async () => {
    const line = await two();
    expect(await line.run("status", { env: { LOOPKEY_PROFILE: "../evil" } })).toMatchObject({ code: 2 });
    await writeFile(join(line.folder, "loopkey", "current.json"), "{}");
    const { code, io } = await line.run("token");
    expect(code).toBe(1);
    expect(io.err).toContain("loopkey switch NAME");
  });
});

describe("login", () => {
  it("does not replace the session of another server by accident: it offers a name", async () => {
    const line = await createCommandLine();
    await line.login();
    const other = "login --issuer https://other.example --client-id app";
    const { code, io } = await line.run(other);
    expect(code).toBe(2);
    expect(io.err).toContain("--profile other.example --issuer https://other.example");
    expect(io.err).toContain("--profile default");
    expect(await line.run("token")).toMatchObject({ code: 0 });
    // Said by name it is meant: the server cannot be reached here.
    expect((await line.run(`${other} --profile default`)).io.err).not.toContain("of another server");
  });

  it("says so when it was another person's profile, and offers a name", async () => {
    const line = await createCommandLine();
    await line.login();
    const path = join(line.folder, "loopkey", "account-default.json");
    const note = JSON.parse(await readFile(path, "utf8")) as object;
    await writeFile(path, JSON.stringify({ ...note, subject: "eve" }));
    const { io } = await line.login();
    expect(io.err).toContain("was of another person (eve)");
    expect(io.err).toContain("loopkey login --profile ada");
    expect((await line.login()).io.err).not.toContain("another person");
  });
});

describe("status", () => {
  it("names the other profiles", async () => {
    const line = await two();
    expect((await line.run("status --profile work")).io.out).toMatch(
      /^Other profiles: home \("loopkey list"\)\.$/m,
    );
    expect((await line.run("status")).io.out).toMatch(/^Not signed in[^]*^Other profiles: home, work /m);
    expect((await line.run("status --json")).io.json()).toMatchObject({ otherProfiles: ["home", "work"] });
  });
});

describe("logout --all", () => {
  it("ends every session, and says of each what was done", async () => {
    const line = await two();
    const { code, io } = await line.run("logout --all --json");
    expect(code).toBe(0);
    const done = { local: "done", revocation: expect.any(String), endSession: expect.any(String) };
    expect(io.json()).toEqual({
      v: 1,
      profiles: [
        { profile: "home", ...done },
        { profile: "work", ...done },
      ],
    });
    for (const profile of ["home", "work"])
      // oxlint-disable-next-line no-await-in-loop
      expect(await line.run(`token --profile ${profile}`)).toMatchObject({ code: 4 });
  });

  it("in lines, and where there is nobody", async () => {
    const line = await two();
    expect((await line.run("logout --all")).io.out).toMatch(/^home:\nSigned out\.[^]*^work:\nSigned out\./m);
    expect((await (await createCommandLine()).run("logout --all")).io.out).toBe("Nobody was signed in.\n");
  });
});
