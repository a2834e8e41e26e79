import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { createCommandLine } from "../support.js";

describe("wrong usage", () => {
  it.each([
    "nothing",
    "login --unknown",
    "login --store floppy --issuer https://id.example --client-id app",
    "login --issuer https://id.example",
    "login --client-id app",
    "login",
    "login --issuer nowhere --client-id app",
    "login --issuer http://id.example --client-id app",
    "login --issuer https://id.example --client-id app --redirect-uri https://example.com/callback",
    "login --issuer https://id.example --client-id app --timeout soon",
    "login --issuer https://id.example --client-id app --timeout -1",
    "status --profile ../evil",
    "doctor --issuer http://id.example --client-id app",
    "doctor --issuer https://id.example --client-id app --redirect-uri https://example.com/callback",
    `token --profile ${"x".repeat(65)}`,
    "status more",
  ])("%s: exit code 2, one line with what to do, and the JSON of a failure", async (args) => {
    const line = await createCommandLine();
    const { code, io } = await line.run(args);
    expect(code).toBe(2);
    expect(io.out).toBe("");
    expect(io.err).toMatch(/^loopkey: [^\n]+ \[(invalid_config|insecure_endpoint)]\n$/);
    const json = await line.run(`${args} --json`);
    expect(json.code).toBe(2);
    expect(json.io.json()).toEqual({
      error: {
        code: expect.stringMatching(/^(invalid_config|insecure_endpoint)$/),
        message: expect.any(String),
        hint: expect.any(String),
        retryable: false,
      },
    });
    expect(line.made.flatMap(({ opened }) => opened)).toEqual([]);
  });

  it.each([
    ["stauts", "status"],
    ["logn --issuer https://id.example --client-id app", "login"],
    ["login --isuer https://id.example --client-id app", "--issuer"],
    ["login --issuer https://id.example --clent-id app", "--client-id"],
    ["token --porfile work", "--profile"],
  ])("%s: asks whether %s was meant, and does nothing", async (args, meant) => {
    const line = await createCommandLine();
    const { code, io } = await line.run(args);
    expect(code).toBe(2);
    expect(io.err).toContain(`(Did you mean ${meant}?)`);
    expect(line.made).toEqual([]);
  });

  it("no command at all: the help on stderr, exit code 2", async () => {
    const { code, io } = await (await createCommandLine()).run("");
    expect(code).toBe(2);
    expect(io.out).toBe("");
    expect(io.err).toContain("Usage: loopkey");
  });
});

it("--help and --version print to stdout, and are no failure", async () => {
  const line = await createCommandLine();
  const help = await line.run("--help");
  expect(help.code).toBe(0);
  expect(help.io.out).toMatch(
    /^ {2}login [^]*^ {2}status [^]*^ {2}token [^]*^ {2}whoami [^]*^ {2}logout [^]*^ {2}doctor /m,
  );
  expect(help.io.out).toContain("130  interrupted");
  expect(help.io.out).not.toContain("--device");
  const { version } = JSON.parse(await readFile(new URL("../../package.json", import.meta.url), "utf8")) as {
    version: string;
  };
  expect(await line.run("--version")).toMatchObject({ code: 0, io: { out: `${version}\n` } });
});

it("shows a stack trace only when LOOPKEY_DEBUG is set", async () => {
  const line = await createCommandLine();
  expect((await line.run("token")).io.err).not.toMatch(/\n +at /);
  expect((await line.run("token", { env: { LOOPKEY_DEBUG: "1" } })).io.err).toMatch(/\n +at /);
});

it("no secret is written anywhere but by token", async () => {
  const line = await createCommandLine();
  const ran = [];
  const debug = { env: { LOOPKEY_DEBUG: "1" } };
  for (const args of [
    `login --issuer ${line.server.issuer} --client-id app`,
    "status --json",
    "whoami",
    "logout --browser",
    "token",
  ])
    // oxlint-disable-next-line no-await-in-loop
    ran.push(await line.run(args, debug));
  const written = ran.map(({ io }) => io.out + io.err).join("\n");
  expect(line.server.secrets.length).toBeGreaterThan(3);
  for (const secret of line.server.secrets) expect(written).not.toContain(secret);
});
