import { createAuthClient, preflight, type AuthClient } from "@loopkey/core";
import { createFakeClock, createFakePorts, createFakeServer } from "@loopkey/core/testing";
import { Command } from "commander";
import { afterEach, expect, it, vi } from "vitest";
import { addAuthCommands, type AddAuthCommandsOptions } from "../src/declare-commands.js";
import { createAuthCommands } from "../src/index.js";
import { createFakeIO } from "./support.js";

afterEach(() => {
  process.exitCode = undefined;
  vi.restoreAllMocks();
});

async function createClients(): Promise<() => AuthClient> {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const ports = createFakePorts({ clock, server });
  return () => createAuthClient({ issuer: server.issuer, clientId: "notes", refreshOnStart: false }, ports);
}

it("another program's commands go by its name, and know what it says of the account", async () => {
  const commands = createAuthCommands(await createClients(), {
    name: "notes",
    account: ({ team }) => ({ profile: String(team), clientId: "notes" }),
  });
  const io = createFakeIO();
  expect(await commands.status({ json: true, globals: { team: "a" } }, io)).toBe(4);
  expect(io.json()).toMatchObject({ profile: "a", clientId: "notes", issuer: null, status: "idle" });
  const token = createFakeIO();
  expect(await commands.token({}, token)).toBe(4);
  expect(token.err).toBe('notes: Nobody is signed in. Run "notes login". [sign_in_required]\n');
});

it("a client that was given stays open, one that was made for a command is closed", async () => {
  const makeClient = await createClients();
  const mine = makeClient();
  const commands = createAuthCommands(mine, { name: "notes" });
  expect(await commands.login({}, createFakeIO())).toBe(0);
  expect(mine.getState()).toMatchObject({
    status: "authenticated",
    can: expect.arrayContaining(["signOut"]),
  });
  await mine.close();
  let made: AuthClient | undefined;
  await createAuthCommands(() => (made = makeClient()), { name: "notes" }).status({}, createFakeIO());
  await expect(made!.signIn()).rejects.toMatchObject({ code: "closed" });
});

it("a token that is bound to a key is not printed: exit code 2, and why", async () => {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, offers: ["dpop"] });
  const ports = createFakePorts({ clock, server });
  const client = createAuthClient(
    { issuer: server.issuer, clientId: "notes", dpop: true, refreshOnStart: false },
    ports,
  );
  const commands = createAuthCommands(client, { name: "notes" });
  expect(await commands.login({}, createFakeIO())).toBe(0);
  const io = createFakeIO();
  expect(await commands.token({}, io)).toBe(2);
  expect(io.out).toBe("");
  expect(io.err).toMatch(/^notes: The access token is bound to a key \(DPoP\).*\[invalid_config]\n$/);
  expect(await commands.whoami({}, createFakeIO())).toBe(0);
  await client.close();
});

it("what the function that makes the client throws is one line, and exit code 1", async () => {
  const commands = createAuthCommands(
    () => {
      throw new Error("No team\nis chosen");
    },
    { name: "notes" },
  );
  const io = createFakeIO();
  expect(await commands.whoami({ json: true }, io)).toBe(1);
  expect(io.err).toMatch(/^notes: No team is chosen\. .*\[unexpected]\n$/);
  expect(io.json()).toMatchObject({ error: { code: "unexpected", message: "No team is chosen." } });
});

it("adds the commands to a commander program, with its global options and its exit code", async () => {
  const makeClient = await createClients();
  const seen: unknown[] = [];
  let out = "";
  vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  vi.spyOn(process.stderr, "write").mockImplementation(() => true);
  const signals = process.listenerCount("SIGINT");
  const run = (...args: string[]) => {
    const program = new Command("notes").option("--team <name>").exitOverride();
    addAuthCommands(program, (globals) => {
      seen.push(globals["team"]);
      return makeClient();
    });
    return program.parseAsync(["--team", "a", ...args], { from: "user" });
  };
  await run("status");
  expect(process.exitCode).toBe(4);
  expect(out).toBe('Not signed in. Run "notes login".\n');
  await run("login");
  expect(process.exitCode).toBe(0);
  out = "";
  await run("whoami", "--json");
  expect(out).toBe('{"sub":"ada","name":"Ada Lovelace"}\n');
  expect(seen).toEqual(["a", "a", "a"]);
  expect(process.listenerCount("SIGINT")).toBe(signals);
});

it("has a doctor where it is told what to examine, which makes no client", async () => {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock });
  const ports = createFakePorts({ clock, server });
  const seen: unknown[] = [];
  const commands = createAuthCommands(
    () => {
      throw new Error("A client was made");
    },
    {
      name: "notes",
      preflight: (options, globals) => {
        seen.push(globals["team"]);
        return preflight({ issuer: server.issuer, clientId: "notes" }, ports, options);
      },
    },
  );
  const io = createFakeIO();
  expect(await commands.doctor!({ globals: { team: "a" } }, io)).toBe(0);
  expect(io.out).toMatch(/^passed {3}store: .*\n(.*\n){5}$/);
  expect(seen).toEqual(["a"]);
});

it("has none where it is not", async () => {
  const makeClient = await createClients();
  expect(createAuthCommands(makeClient, { name: "notes" })).not.toHaveProperty("doctor");
  const names = (options: AddAuthCommandsOptions) => {
    const program = new Command("notes");
    addAuthCommands(program, makeClient, options);
    return program.commands.map((command) => command.name());
  };
  expect(names({})).toEqual(["login", "status", "token", "whoami", "logout"]);
  expect(names({ preflight: () => Promise.reject(new Error("not asked")) })).toContain("doctor");
});

it("a program's own preflight is shown in lines that a terminal can take, and given up when interrupted", async () => {
  const makeClient = await createClients();
  const message = "two\nlines\u001b[2J.";
  const strange = createAuthCommands(makeClient, {
    name: "notes",
    preflight: async () => ({ ok: false, checks: [{ name: "store", status: "skipped", message }] }),
  });
  const io = createFakeIO();
  expect(await strange.doctor!({}, io)).toBe(1);
  expect(io.out).toBe("skipped  store:    two lines [2J.\n");
  const deaf = createAuthCommands(makeClient, { name: "notes", preflight: () => new Promise(() => {}) });
  const leaving = new AbortController();
  const running = deaf.doctor!({}, createFakeIO({ signal: leaving.signal }));
  leaving.abort();
  expect(await running).toBe(130);
});

it("commands below another one tell the person to run the whole of it", async () => {
  const program = new Command("notes");
  const auth = program.command("auth");
  addAuthCommands(auth, await createClients());
  const printed: string[] = [];
  vi.spyOn(process.stderr, "write").mockImplementation((text) => printed.push(String(text)) > 0);
  await program.parseAsync(["auth", "token"], { from: "user" });
  expect(process.exitCode).toBe(4);
  expect(printed.join("")).toBe(
    'notes auth: Nobody is signed in. Run "notes auth login". [sign_in_required]\n',
  );
});
