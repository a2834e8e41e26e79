import { describe, expect, it } from "vitest";
import { createCommandLine } from "../support.js";

const iso = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe("token", () => {
  it("prints the access token and a newline, and nothing else", async () => {
    const line = await createCommandLine();
    await line.login();
    const { code, io } = await line.run("token");
    expect(code).toBe(0);
    expect(io.out).toMatch(/^access-[0-9a-f-]+\n$/);
    expect(io.err).toBe("");
    expect((await line.run("token --json")).io.json()).toEqual({
      accessToken: expect.stringMatching(/^access-/),
      expiresAt: iso,
      v: 1,
    });
  });

  it.each(["token", "whoami"])("%s is 4 when nobody is signed in, and opens nothing", async (command) => {
    const line = await createCommandLine();
    const never = await line.run(`${command} --json`);
    expect(never.code).toBe(4);
    expect(never.io.json()).toEqual({
      error: {
        code: "sign_in_required",
        message: 'Nobody has signed in with the profile "default".',
        hint: 'Run "loopkey login --issuer URL --client-id ID".',
        retryable: false,
      },
    });
    await line.login();
    await line.run("logout");
    const after = await line.run(command);
    expect(after.code).toBe(4);
    expect(after.io.err).toBe('loopkey: Nobody is signed in. Run "loopkey login". [sign_in_required]\n');
    expect(line.made.flatMap(({ opened }) => opened)).toHaveLength(1);
  });

  it("is 4 when the server has ended the session", async () => {
    const line = await createCommandLine();
    await line.login();
    line.server.endSessions();
    const { code, io } = await line.run("token --json");
    expect(code).toBe(4);
    expect(io.json()).toMatchObject({ error: { code: "session_ended", hint: 'Run "loopkey login".' } });
  });

  it("is 1 and retryable when the server cannot be reached; the session stays", async () => {
    const line = await createCommandLine();
    await line.login();
    line.server.intercept = () => Promise.resolve(new Response("busy", { status: 503 }));
    const { code, io } = await line.run("token --json");
    expect(code).toBe(1);
    expect(io.json()).toMatchObject({ error: { code: "temporarily_unavailable", retryable: true } });
    line.server.intercept = undefined;
    expect(await line.run("token")).toMatchObject({ code: 0 });
  });
});

describe("whoami", () => {
  it("prints the claims of the userinfo endpoint", async () => {
    const line = await createCommandLine();
    await line.login();
    const { code, io } = await line.run("whoami");
    expect({ code, out: io.out }).toEqual({ code: 0, out: "sub: ada\nname: Ada Lovelace\n" });
    expect((await line.run("whoami --json")).io.json()).toEqual({ sub: "ada", name: "Ada Lovelace" });
  });

  it("takes the claims of the ID token where the server has no userinfo endpoint", async () => {
    const line = await createCommandLine({ metadata: { userinfo_endpoint: undefined } });
    await line.login();
    expect((await line.run("whoami")).io.out).toMatch(/^sub: ada$/m);
  });

  it("prints no control characters that a server sent, in lines or in JSON", async () => {
    const line = await createCommandLine();
    await line.login();
    const name = "\u001b]0;owned\u0007Ada\r\n\u009b31m\u202eevil\u2028";
    line.server.intercept = ({ path }) =>
      path === "/userinfo"
        ? Promise.resolve(Response.json({ sub: "ada", name, "bad\u001bkey": [name] }))
        : undefined;
    // oxlint-disable-next-line no-control-regex
    const unsafe = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u2028-\u202e]/;
    const lines = (await line.run("whoami")).io.out;
    expect(lines).not.toMatch(unsafe);
    expect(lines.split("\n")).toHaveLength(4);
    const { io } = await line.run("whoami --json");
    expect(io.out).not.toMatch(unsafe);
    expect(io.json()).toMatchObject({ name });
  });
});

describe("token --format", () => {
  it.each([
    ["plain", /^access-[0-9a-f-]+\n$/],
    ["header", /^Authorization: Bearer access-[0-9a-f-]+\n$/],
    ["env", /^LOOPKEY_ACCESS_TOKEN=access-[0-9a-f-]+\n$/],
    ["curl", /^header = "Authorization: Bearer access-[0-9a-f-]+"\n$/],
  ])("%s", async (format, expected) => {
    const line = await createCommandLine();
    await line.login();
    const { code, io } = await line.run(`token --format ${format}`);
    expect(code).toBe(0);
    expect(io.out).toMatch(expected);
  });

  it.each(["token --format yaml", "token --format header --json"])("%s: wrong usage", async (args) => {
    const line = await createCommandLine();
    await line.login();
    expect(await line.run(args)).toMatchObject({ code: 2 });
  });

  it.each([
    ["env", `LOOPKEY_ACCESS_TOKEN='a"b'\\''c\\'\n`],
    ["curl", `header = "Authorization: Bearer a\\"b'c\\\\"\n`],
  ])("%s: characters that mean something there are quoted", async (format, expected) => {
    const line = await createCommandLine();
    await line.login();
    giveToken(line, `a"b'c\\`);
    expect((await line.run(`token --format ${format}`)).io.out).toBe(expected);
  });

  it.each(["header", "env", "curl"])("%s: a token of two lines is refused", async (format) => {
    const line = await createCommandLine();
    await line.login();
    giveToken(line, "a\nX-Evil: 1");
    const { code, io } = await line.run(`token --format ${format}`);
    expect({ code, out: io.out }).toEqual({ code: 1, out: "" });
    expect(io.err).not.toContain("X-Evil");
  });
});

function giveToken(line: Awaited<ReturnType<typeof createCommandLine>>, access_token: string): void {
  line.server.intercept = ({ path }) =>
    path === "/token"
      ? Promise.resolve(Response.json({ access_token, token_type: "Bearer", expires_in: 600 }))
      : undefined;
}
