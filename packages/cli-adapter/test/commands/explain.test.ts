import { createMemoryStore } from "@loopkey/core";
import { describe, expect, it } from "vitest";
import { createAuthCommands } from "../../src/index.js";
import { brokenStore, createCommandLine, createFakeIO } from "../support.js";

const at = String.raw`on \d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC in the process loopkey \(\d+\)`;

describe("explain", () => {
  it("says that nobody has signed in yet, and what to run", async () => {
    const line = await createCommandLine();
    const { code, io } = await line.run("explain");
    expect(code).toBe(0);
    expect(io.out).toBe(
      "Nobody has signed in here yet: nothing is stored, and no sign-in was noted.\n" +
        'Run "loopkey login --issuer URL --client-id ID".\n',
    );
  });

  it("says that somebody is signed in, and since when", async () => {
    const line = await createCommandLine();
    await line.login();
    expect((await line.run("explain")).io.out).toMatch(new RegExp(`^You are signed in, since ${at}\\.\n$`));
  });

  it("says which process signed out, from another one", async () => {
    const line = await createCommandLine();
    await line.login();
    await line.run("logout");
    const { io } = await line.run("explain");
    expect(io.out).toMatch(new RegExp(`^You signed out ${at}\\.\nRun "loopkey login"\\.\n$`));
    expect(io.out).toContain("loopkey (2)");
  });

  it("says that the server ended it, with its own word", async () => {
    const line = await createCommandLine();
    await line.login();
    line.server.endSessions();
    await line.run("token");
    const { io } = await line.run("explain");
    expect(io.out).toMatch(new RegExp(`^The server ended the session ${at}\\.\n`));
    expect(io.out).toContain("The server's own word: invalid_grant.");
  });

  it("says that the store has lost it, where no process has noted an end", async () => {
    const store = createMemoryStore();
    const line = await createCommandLine({ store });
    await line.login();
    await store.clear();
    const { io } = await line.run("explain");
    expect(io.out).toMatch(
      new RegExp(
        `^You were signed in ${at}, and nothing is stored any more\\. No process of this app has noted why`,
      ),
    );
  });

  it("says that it cannot know, where the store does not answer", async () => {
    const store = createMemoryStore();
    let current = store;
    const line = await createCommandLine({ store: { ...store, load: () => current.load() } });
    await line.login();
    current = brokenStore();
    const { code, io } = await line.run("explain");
    expect(code).toBe(0);
    expect(io.out).toMatch(/^Whether you are signed in is not known: .*\nThere is no keyring\./);
    expect(io.out).toContain("Install gnome-keyring.");
  });

  it("says that what was stored could not be read", async () => {
    const store = createMemoryStore();
    const line = await createCommandLine({ store });
    await line.login();
    await store.save("{");
    await line.run("status");
    expect((await line.run("explain --json")).io.json()).toMatchObject({
      cause: "record_corrupt",
      process: "loopkey (2)",
    });
  });

  it("prints one JSON value, with all that was noted and nothing secret", async () => {
    const line = await createCommandLine();
    await line.login();
    const { io: printed } = await line.run("token");
    await line.run("logout");
    const { io } = await line.run("explain --json");
    expect(io.json()).toEqual({
      v: 1,
      profile: "default",
      issuer: "https://id.example",
      clientId: "app",
      signedIn: false,
      cause: "signed_out",
      sentences: [expect.stringMatching(/^You signed out/)],
      hint: 'Run "loopkey login".',
      at: expect.stringMatching(/Z$/),
      process: "loopkey (3)",
      history: expect.arrayContaining([
        {
          at: expect.any(String),
          process: "loopkey (1)",
          state: "authenticated",
          event: "saveUnderLock done",
          reason: null,
        },
      ]),
    });
    expect(io.out).not.toContain(printed.out.trim());
  });

  it("asks no network, and changes nothing of what it explains", async () => {
    const line = await createCommandLine();
    await line.login();
    await line.run("logout");
    const [requests, first] = [line.server.requests.length, (await line.run("explain --json")).io.out];
    expect((await line.run("explain --json")).io.out).toBe(first);
    expect(line.server.requests).toHaveLength(requests);
  });

  it("is a command of another program where it is told of the journal, and none where not", async () => {
    const line = await createCommandLine();
    await line.login();
    const { journal } = line.made[0]!;
    const options = { name: "notes", journal: () => journal };
    const commands = createAuthCommands(() => Promise.reject(new Error("no client")), options);
    expect(commands.explain).toBeTypeOf("function");
    expect(
      createAuthCommands(() => Promise.reject(new Error("no client")), { name: "notes" }).explain,
    ).toBeUndefined();
    expect(await commands.explain!({}, createFakeIO())).toBe(1);
  });
});
