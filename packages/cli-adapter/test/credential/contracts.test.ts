import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { approves, denies } from "@loopkey/core/testing";
import { describe, expect, it } from "vitest";
import { commandLineOf } from "../../src/binary/program-name.js";
import { createCommandLine, type CommandLine, type FakeIOOptions } from "../support.js";

const API = "https://api.example";
const TOKEN = /access-[0-9a-f-]+/;
const HERE = { urls: [API], named: API, host: "api.example" };
const ELSEWHERE = "https://evil.example";

interface Case {
  readonly name: string;
  /** What the tool says of this address. */
  readonly ask: (url: string) => FakeIOOptions & { readonly args?: string };
  readonly given: unknown;
  readonly nobody: { readonly code: number; readonly out: string | RegExp };
  readonly elsewhere: { readonly code: number; readonly out: string | RegExp };
}

const rfc3339 = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$/);
const bearer = expect.stringMatching(/^Bearer access-[0-9a-f-]+$/);
const bare = expect.stringMatching(/^access-[0-9a-f-]+$/);
const hostOf = (url: string): string => new URL(url).host;

const CASES: readonly Case[] = [
  {
    name: "kubectl",
    ask: (server) => ({
      env: {
        KUBERNETES_EXEC_INFO: JSON.stringify({
          apiVersion: "client.authentication.k8s.io/v1",
          kind: "ExecCredential",
          spec: { interactive: false, cluster: { server } },
        }),
      },
    }),
    given: {
      apiVersion: "client.authentication.k8s.io/v1",
      kind: "ExecCredential",
      status: { token: bare, expirationTimestamp: rfc3339 },
    },
    nobody: { code: 4, out: "" },
    elsewhere: { code: 1, out: "" },
  },
  {
    name: "bazel",
    ask: (url) => ({ args: "get", stdin: JSON.stringify({ uri: `${url}/some/path` }) }),
    given: { headers: { Authorization: [bearer] }, expires: rfc3339 },
    nobody: { code: 4, out: "" },
    elsewhere: { code: 1, out: "" },
  },
  {
    name: "claude",
    ask: (url) => ({ env: { CLAUDE_CODE_MCP_SERVER_URL: `${url}/mcp` } }),
    given: { Authorization: bearer },
    nobody: { code: 4, out: "" },
    elsewhere: { code: 1, out: "" },
  },
  {
    name: "docker",
    ask: (url) => ({ args: "get", stdin: `${hostOf(url)}\n` }),
    given: { ServerURL: "api.example", Username: "oauth2", Secret: bare },
    nobody: { code: 1, out: "credentials not found in native keychain\n" },
    elsewhere: { code: 1, out: "credentials not found in native keychain\n" },
  },
  {
    name: "terraform",
    ask: (url) => ({ args: `get ${hostOf(url)}` }),
    given: { token: bare },
    nobody: { code: 0, out: "{}\n" },
    elsewhere: { code: 0, out: "{}\n" },
  },
  {
    name: "git",
    ask: (url) => ({ args: "get", stdin: `protocol=https\nhost=${hostOf(url)}\n\n` }),
    given: /^username=oauth2\npassword=access-[0-9a-f-]+\npassword_expiry_utc=\d+\n$/,
    nobody: { code: 0, out: "quit=1\n" },
    elsewhere: { code: 0, out: "" },
  },
  {
    name: "goauth",
    ask: (url) => ({ args: `${url}/mod/@v/list`, stdin: "HTTP/1.1 401 Unauthorized\n\n" }),
    given: /^https:\/\/api\.example\n\nAuthorization: Bearer access-[0-9a-f-]+\n\n$/,
    nobody: { code: 4, out: "" },
    elsewhere: { code: 0, out: "" },
  },
  {
    name: "pnpm",
    ask: (url) => ({ args: `--host ${hostOf(url)}` }),
    given: /^access-[0-9a-f-]+\n$/,
    nobody: { code: 4, out: "" },
    elsewhere: { code: 1, out: "" },
  },
  {
    name: "cargo",
    ask: (url) => ({
      args: "--cargo-plugin",
      stdin: `${JSON.stringify({ v: 1, registry: { "index-url": `sparse+${url}/index/` }, kind: "get", operation: "read" })}\n`,
    }),
    given:
      /^\{"v":\[1]}\n\{"Ok":\{"kind":"get","token":"Bearer access-[0-9a-f-]+","cache":"expires","expiration":\d+,"operation_independent":true}}\n$/,
    nobody: { code: 0, out: '{"v":[1]}\n{"Err":{"kind":"not-found"}}\n' },
    elsewhere: { code: 0, out: '{"v":[1]}\n{"Err":{"kind":"url-not-supported"}}\n' },
  },
];

function ask(
  line: CommandLine,
  name: string,
  { args = "", ...io }: FakeIOOptions & { readonly args?: string },
) {
  return line.run(`credential ${name} ${args}`, io);
}

async function signedIn(more = ""): Promise<CommandLine> {
  const line = await createCommandLine();
  await line.login(`--api-origin ${API} ${more}`);
  return line;
}

describe.each(CASES)("$name", ({ name, ask: words, given, nobody, elsewhere }) => {
  it("gets a token in its words, and nothing else, for a host that the profile names", async () => {
    const line = await signedIn();
    const { code, io } = await ask(line, name, words(HERE.named));
    expect({ code, err: io.err }).toEqual({ code: 0, err: "" });
    if (given instanceof RegExp) expect(io.out).toMatch(given);
    else expect(io.json()).toEqual(given);
    expect(line.made.flatMap(({ opened }) => opened)).toHaveLength(1);
  });

  it("is told by its own rules, and the person in a sentence, that nobody is signed in; nothing opens", async () => {
    const line = await signedIn();
    await line.run("logout");
    const { code, io } = await ask(line, name, words(HERE.named));
    expect({ code, out: io.out }).toEqual(nobody);
    expect(io.err).toMatch(/^loopkey: Nobody is signed in\. Run "loopkey login"\. \[sign_in_required]\n$/);
    expect(line.made.flatMap(({ opened }) => opened)).toHaveLength(1);
    const never = await ask(await createCommandLine(), name, words(HERE.named));
    expect({ code: never.code, out: never.io.out }).toEqual(nobody);
  });

  it("is waited for by --sign-in, where nobody is signed in: the person is, and it gets its token, and nothing else", async () => {
    const line = await signedIn();
    await line.run("logout");
    const said = words(HERE.named);
    const { code, io } = await ask(line, name, { ...said, args: `--sign-in ${said.args ?? ""}` });
    // Its own "nobody is there to be asked" counts more than the option.
    const isAsked = name !== "kubectl";
    expect({ code, opened: line.made.at(-1)!.opened.length }).toEqual(
      isAsked ? { code: 0, opened: 1 } : { code: 4, opened: 0 },
    );
    if (!isAsked) return;
    expect(io.err).toContain("If your browser does not open, go to:");
    if (given instanceof RegExp) expect(io.out).toMatch(given);
    else expect(io.json()).toEqual(given);
    expect((await line.run("list --json")).io.json()).toMatchObject({
      profiles: [{ lastOutcome: { code: "signed_in" } }],
    });
  });

  it("opens nothing by --sign-in for a host that the profile does not name", async () => {
    const line = await signedIn();
    await line.run("logout");
    const said = words(ELSEWHERE);
    const { code, io } = await ask(line, name, { ...said, args: `--sign-in ${said.args ?? ""}` });
    expect({ code, out: io.out }).toEqual(elsewhere);
    expect(line.made.at(-1)!.opened).toEqual([]);
  });

  it("gets nothing for a host that the profile does not name, and the store is not touched", async () => {
    const line = await signedIn();
    const made = line.made.length;
    line.server.intercept = () => Promise.reject(new Error("asked"));
    const { code, io } = await ask(line, name, words(ELSEWHERE));
    expect({ code, out: io.out }).toEqual(elsewhere);
    expect(io.err).toContain('https://evil.example gets nothing: the profile "default" does not name it.');
    expect(line.made.length).toBeLessThanOrEqual(made + 1);
  });

  it("gets nothing for a host that is named, where the command is for another one", async () => {
    const line = await signedIn();
    const said = words(HERE.named);
    expect((await ask(line, name, said)).io.out).toMatch(TOKEN);
    // It says no host: --host is all there is.
    if (name === "pnpm") return;
    const other = await ask(line, name, { ...said, args: `--host id.example ${said.args ?? ""}` });
    expect(other.io.out).not.toMatch(TOKEN);
  });

  it("gets no token that is bound to a key, and is sent to the broker", async () => {
    const line = await boundToKey();
    const { io } = await ask(line, name, words(HERE.named));
    expect(io.out).not.toMatch(TOKEN);
    expect(io.err).toContain('Run that program by "loopkey broker -- COMMAND".');
  });

  it("gets no secret on stderr, whatever fails", async () => {
    const line = await signedIn();
    line.server.intercept = () => Promise.resolve(new Response("busy", { status: 503 }));
    const { io } = await ask(line, name, {
      ...words(HERE.named),
      env: { ...words(HERE.named).env, LOOPKEY_DEBUG: "1" },
    });
    expect(io.err).toContain("[temporarily_unavailable]");
    for (const secret of line.server.secrets) expect(io.out + io.err).not.toContain(secret);
  });
});

async function boundToKey(): Promise<CommandLine> {
  const line = await signedIn();
  const path = join(line.folder, "loopkey", "profile-default.json");
  const profile = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  await writeFile(path, JSON.stringify({ ...profile, dpop: true }));
  return line;
}

it("kubectl at a terminal opens the browser by --sign-in", async () => {
  const line = await signedIn();
  await line.run("logout");
  const { code, io } = await ask(line, "kubectl", { args: "--sign-in --host api.example" });
  expect(code).toBe(0);
  expect(io.out).toMatch(TOKEN);
});

it("a tool whose person refuses gets nothing, and the person is told that", async () => {
  const line = await createCommandLine({
    person: (url, world) => (refuses ? denies : approves)(url, world),
  });
  let refuses = false;
  await line.login(`--api-origin ${API}`);
  await line.run("logout --no-browser");
  refuses = true;
  const { code, io } = await ask(line, "git", {
    args: "--sign-in get",
    stdin: "protocol=https\nhost=api.example\n\n",
  });
  expect({ code, out: io.out }).toEqual({ code: 0, out: "quit=1\n" });
  expect(io.err).toContain("[access_denied]");
});

describe("a contract that names no host", () => {
  it.each([
    ["kubectl", {}],
    ["pnpm", {}],
    ["claude", {}],
  ])("%s: is refused without --host, with what to do", async (name, words) => {
    const { code, io } = await ask(await signedIn(), name, words);
    expect({ code, out: io.out }).toEqual({ code: 2, out: "" });
    expect(io.err).toContain("--host");
  });

  it.each(["kubectl", "pnpm", "claude", "goauth"])("%s: gets the token of --host", async (name) => {
    const { code, io } = await ask(await signedIn(), name, { args: "--host api.example" });
    expect(code).toBe(0);
    expect(io.out).toMatch(TOKEN);
  });

  it("goauth: says nothing at its first call, which needs no session", async () => {
    const { code, io } = await ask(await createCommandLine(), "goauth", {});
    expect({ code, out: io.out, err: io.err }).toEqual({ code: 0, out: "", err: "" });
  });
});

describe("goauth, called again", () => {
  const again = async (line: CommandLine, status: string): Promise<string> => {
    const { io } = await ask(line, "goauth", {
      args: `--host api.example ${API}/mod/@v/list`,
      stdin: `HTTP/1.1 ${status}\nContent-Type: text/plain\n\n`,
    });
    return TOKEN.exec(io.out)![0];
  };

  it("gets a new token where the one from before was refused, and the same where a module is not there", async () => {
    const line = await signedIn("--keep-access-token");
    const first = await again(line, "404 Not Found");
    expect(await again(line, "410 Gone")).toBe(first);
    expect(await again(line, "401 Unauthorized")).not.toBe(first);
  });
});

describe("git", () => {
  it("from 2.46 on takes a bearer token as such", async () => {
    const { io } = await ask(await signedIn(), "git", {
      args: "get",
      stdin: "capability[]=authtype\ncapability[]=state\nprotocol=https\nhost=api.example\n\n",
    });
    expect(io.out).toMatch(
      /^capability\[]=authtype\nauthtype=Bearer\ncredential=access-[0-9a-f-]+\nephemeral=1\npassword_expiry_utc=\d+\n$/,
    );
  });

  it.each(["store", "erase", "capability"])("%s is left to it", async (command) => {
    const { code, io } = await ask(await createCommandLine(), "git", {
      args: command,
      stdin: "protocol=https\nhost=api.example\npassword=x\n\n",
    });
    expect({ code, out: io.out, err: io.err }).toEqual({ code: 0, out: "", err: "" });
  });

  it("keeps the user name that the person wrote into the address", async () => {
    const { io } = await ask(await signedIn(), "git", {
      args: "get",
      stdin: "protocol=https\nhost=api.example\nusername=ada\n\n",
    });
    expect(io.out).toMatch(/^username=ada\n/);
  });

  it("gets nothing for http: the profile names https", async () => {
    const { io } = await ask(await signedIn(), "git", {
      args: "get",
      stdin: "protocol=http\nhost=api.example\n\n",
    });
    expect(io.out).toBe("");
  });
});

describe("kubectl", () => {
  it("is answered in the version that it asks in, and one that is not known is refused", async () => {
    const line = await signedIn();
    const asking = (version: string): Parameters<typeof ask>[2] => ({
      args: "--host api.example",
      env: { KUBERNETES_EXEC_INFO: JSON.stringify({ apiVersion: version, spec: {} }) },
    });
    expect(
      (await ask(line, "kubectl", asking("client.authentication.k8s.io/v1beta1"))).io.json(),
    ).toMatchObject({
      apiVersion: "client.authentication.k8s.io/v1beta1",
    });
    expect(await ask(line, "kubectl", asking("client.authentication.k8s.io/v9"))).toMatchObject({
      code: 2,
      io: { out: "" },
    });
  });
});

describe("docker", () => {
  it("lists nothing, erases nothing, and says that it stores nothing", async () => {
    const line = await signedIn();
    expect((await ask(line, "docker", { args: "list" })).io.json()).toEqual({});
    expect((await ask(line, "docker", { args: "erase", stdin: "api.example" })).code).toBe(0);
    const stored = await ask(line, "docker", { args: "store", stdin: '{"ServerURL":"api.example"}' });
    expect(stored).toMatchObject({ code: 1, io: { out: expect.stringContaining("loopkey login") } });
  });
});

describe("cargo", () => {
  it("is answered line by line until stdin ends, also for what is not understood", async () => {
    const get = JSON.stringify({ v: 1, kind: "get", registry: { "index-url": `${API}/index` } });
    const { io } = await ask(await signedIn(), "cargo", {
      args: "--cargo-plugin",
      stdin: ["no json", JSON.stringify({ v: 2 }), JSON.stringify({ v: 1, kind: "login" }), get, ""].join(
        "\n",
      ),
    });
    const answers = io.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as object);
    expect(answers).toEqual([
      { v: [1] },
      { Err: { kind: "other", message: expect.any(String), "caused-by": [] } },
      { Err: { kind: "other", message: expect.any(String), "caused-by": [] } },
      { Err: { kind: "operation-not-supported" } },
      { Ok: expect.objectContaining({ token: bearer }) },
    ]);
  });
});

it("cargo: the options in its configuration come with the request, and count", async () => {
  const line = await signedIn("--profile work");
  const get = (...args: string[]) =>
    JSON.stringify({ v: 1, kind: "get", registry: { "index-url": `${API}/index` }, args });
  const { io } = await ask(line, "cargo", {
    args: "--cargo-plugin",
    stdin: [
      get(),
      get("--profile", "work"),
      get("credential", "cargo", "--profile=work", "--host=api.example"),
      get("--profile", "work", "--host", "id.example"),
      get("--profile", "../evil"),
    ].join("\n"),
  });
  expect(
    io.out
      .trim()
      .split("\n")
      .map((answer) => Object.values(JSON.parse(answer) as object)[0] as unknown),
  ).toEqual([
    [1],
    { kind: "not-found" },
    expect.objectContaining({ token: bearer }),
    expect.objectContaining({ token: bearer }),
    { kind: "url-not-supported" },
    expect.objectContaining({ kind: "other" }),
  ]);
});

describe("what a tool may send", () => {
  it.each([
    ["bazel", { args: "get", stdin: "no json" }],
    ["bazel", { args: "get", stdin: "{}" }],
    ["bazel", { args: "put", stdin: "{}" }],
    ["bazel", { args: "get", stdin: "x".repeat(1_100_000) }],
    ["kubectl", { env: { KUBERNETES_EXEC_INFO: "[]" } }],
    ["terraform", { args: "get" }],
    ["terraform", { args: "store api.example", stdin: '{"token":"x"}' }],
    ["cargo", {}],
    ["nothing", {}],
    ["pnpm", { args: "--host ://" }],
  ])(
    "%s, asked in a way that makes no sense: one sentence, nothing on stdout, no success",
    async (name, words) => {
      const { code, io } = await ask(await signedIn(), name, words);
      expect(code).toBe(2);
      expect(io.out).toBe("");
      expect(io.err).toMatch(/^loopkey: [^\n]+ \[invalid_config]\n$/);
    },
  );
});

it("an origin gets the token that the profile has for it", async () => {
  const line = await signedIn();
  const folder = join(line.folder, "loopkey");
  await mkdir(folder, { recursive: true });
  const path = join(folder, "profile-default.json");
  const profile = JSON.parse(await readFile(path, "utf8")) as Record<string, unknown>;
  await writeFile(
    path,
    JSON.stringify({ ...profile, apiOrigins: [{ origin: "https://other.example", scope: "other" }] }),
  );
  const asked: string[] = [];
  line.server.intercept = ({ path: where, body }) => {
    if (where === "/token") asked.push(String(body));
    return undefined;
  };
  const { io } = await ask(line, "pnpm", { args: "--host other.example" });
  expect(io.out).toMatch(TOKEN);
  expect(asked.join()).toContain("scope=other");
});

it.each([
  ["/usr/bin/loopkey", ["token"]],
  ["/usr/bin/git-credential-loopkey", ["credential", "git", "token"]],
  ["/x/bin/docker-credential-loopkey.js", ["credential", "docker", "token"]],
  ["C:\\bin\\docker-credential-loopkey-work.exe", ["credential", "docker", "--profile", "work", "token"]],
  ["terraform-credentials-loopkey", ["credential", "terraform", "token"]],
  ["cargo-credential-loopkey", ["credential", "cargo", "token"]],
  ["git-credential-loopkeys", ["token"]],
  [undefined, ["token"]],
  ["loopkey", ["token"]],
])("the name %s decides what is answered", (program, expected) => {
  expect(commandLineOf(program, ["token"])).toEqual(expected);
});

it("cargo runs the program with nothing but --cargo-plugin", () => {
  expect(commandLineOf("/usr/bin/loopkey", ["--cargo-plugin"])).toEqual([
    "credential",
    "cargo",
    "--cargo-plugin",
  ]);
});
