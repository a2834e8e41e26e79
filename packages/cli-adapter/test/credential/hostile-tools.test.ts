// What tools send that is odd, and addresses that two programs could read in two ways: no token for any but the host that is named.
import { describe, expect, it } from "vitest";
import { originOf } from "../../src/credential/addresses.js";
import { createCommandLine, type CommandLine, type FakeIOOptions } from "../support.js";

const TOKEN = /access-[0-9a-f-]+/;

async function signedIn(more = ""): Promise<CommandLine> {
  const line = await createCommandLine();
  await line.login(`--api-origin https://api.example ${more}`);
  return line;
}

async function said(command: string, io: FakeIOOptions = {}) {
  const line = await signedIn();
  const { code, io: heard } = await line.run(`credential ${command}`, io);
  return { code, out: heard.out, err: heard.err, hasToken: TOKEN.test(heard.out + heard.err) };
}

describe("the origin of an address", () => {
  it.each([
    ["https://api.example", "https://api.example"],
    ["HTTPS://API.Example:443/a?b#c", "https://api.example"],
    ["https://api.example?x", "https://api.example"],
    ["https://ada:pw@api.example/", "https://api.example"],
    ["https://ada%40x@api.example", "https://api.example"],
    ["http://[::1]:8080/", "http://[::1]:8080"],
    ["https://bücher.example", "https://xn--bcher-kva.example"],
    // Another host to a certificate.
    ["https://api.example.", "https://api.example."],
  ])("of %s is %s", (address, origin) => {
    expect(originOf(address)?.origin).toBe(origin);
  });

  it.each([
    "",
    "api.example",
    "api.example:443",
    "smtp://api.example",
    "mailto:ada@api.example",
    "https:api.example",
    "https:/api.example",
    "https:\\\\api.example",
    "https://",
    "https://:443",
    "https://evil.example\\@api.example",
    "https://api.example\\.evil.example",
    "https://ada@evil.example@api.example",
    "https://api.exam%70le",
    "https://api.example%2f.evil.example",
    "https://api.example\t/",
    "https://api.\nexample/",
    "https://api\u00ad.example",
    "https://api.example\u200b",
    "https://api.example\0.evil.example",
    "https://[fe80::1%25eth0]/",
    "https://api.example:99999",
  ])("of %j is none", (address) => {
    expect(originOf(address)).toBeUndefined();
  });
});

describe("git", () => {
  const get = (...lines: readonly string[]) => said("git get", { stdin: lines.join("\n") });

  it.each([
    ["carriage returns", ["protocol=https\r", "host=api.example\r", "\r", ""]],
    ["no blank line at the end", ["protocol=https", "host=api.example"]],
    ["a value twice: the last counts", ["host=evil.example", "protocol=https", "host=api.example", "", ""]],
    [
      "what it does not know, and challenges",
      ["x=y", "=", "no sign", "wwwauth[]=Basic realm=x", "protocol=https", "host=api.example", "", ""],
    ],
    ["its own way with capitals, and the port", ["protocol=https", "host=API.Example:443", "", ""]],
    ["an address in the place of its parts", ["url=https://api.example/notes.git", "", ""]],
  ])("is understood with %s", async (_, lines) => {
    const { code, out, err } = await get(...lines);
    expect({ code, err }).toEqual({ code: 0, err: "" });
    expect(out).toMatch(/^username=oauth2\npassword=access-[0-9a-f-]+\npassword_expiry_utc=\d+\n$/);
  });

  it.each([
    "api.example.",
    "api.example:8443",
    "ada@api.example",
    "evil.example/@api.example",
    "api.example/.evil.example",
    "api.example?.evil.example",
    "api.example\\.evil.example",
    "api.exam%70le",
    "[::1]",
    "",
  ])("gets nothing for the host %j, and goes on by itself", async (host) => {
    const { code, out, err } = await get("protocol=https", `host=${host}`, "", "");
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toMatch(/ gets nothing: the profile "default" does not name it\. /);
  });

  it.each([
    ["smtp", "smtp.example:587", "smtp://smtp.example:587"],
    ["imaps", "ada:pw@imap.example", "What the tool names"],
    ["cert", "", "What the tool names"],
  ])("gets nothing for another protocol than http: %s", async (protocol, host, named) => {
    const { code, out, err } = await get(`protocol=${protocol}`, `host=${host}`, "path=/x", "", "");
    expect({ code, out }).toEqual({ code: 0, out: "" });
    expect(err).toMatch(new RegExp(`^loopkey: ${named} gets nothing`));
    expect(err).not.toContain("pw");
  });

  it("takes a capability back by an empty one", async () => {
    const { out } = await get(
      "capability[]=authtype",
      "capability[]=",
      "protocol=https",
      "host=api.example",
      "",
    );
    expect(out).toMatch(/^username=/);
  });

  it("is answered at the blank line, though its stdin stays open", async () => {
    async function* stdin() {
      yield "protocol=https\nhost=api.example\n";
      yield "\n";
      await new Promise(() => {});
    }
    expect(await said("git get", { stdin: stdin() })).toMatchObject({ code: 0, hasToken: true });
  });

  it("is not read for ever", async () => {
    const { code, out, err } = await get(...Array.from({ length: 2_000 }, () => `x=${"y".repeat(1_000)}`));
    expect({ code, out }).toEqual({ code: 2, out: "" });
    expect(err).toContain("too long to be a request");
  });
});

const kubectl = (server: unknown): [string, FakeIOOptions] => [
  "kubectl",
  {
    env: {
      KUBERNETES_EXEC_INFO: JSON.stringify({
        apiVersion: "client.authentication.k8s.io/v1",
        spec: { interactive: false, cluster: { server } },
      }),
    },
  },
];
const bazel = (uri: unknown): [string, FakeIOOptions] => ["bazel get", { stdin: JSON.stringify({ uri }) }];
const docker = (server: string): [string, FakeIOOptions] => ["docker get", { stdin: server }];
const claude = (url: string): [string, FakeIOOptions] => [
  "claude",
  { env: { CLAUDE_CODE_MCP_SERVER_URL: url } },
];

describe("a tool that names its host in a way of its own", () => {
  it.each<[string, FakeIOOptions]>([
    docker("api.example\r\n"),
    docker("https://API.example:443/v2/"),
    docker("api.example/notes/image"),
    bazel("https://ada@api.example/x"),
    kubectl("https://api.example:443/k8s?x"),
    ["terraform get API.example:443", {}],
    ["goauth https://api.example/mod", { stdin: "" }],
  ])("gets its token: %s %j", async (command, io) => {
    expect(await said(command, io)).toMatchObject({ code: 0, hasToken: true, err: "" });
  });

  it.each<[string, FakeIOOptions]>([
    docker("ada:secret@api.example"),
    docker("oci://api.example"),
    docker("evil.example\\@api.example"),
    bazel("mailto:ada@api.example"),
    bazel("https://api.example@evil.example/"),
    bazel("https://evil.example\\@api.example/"),
    bazel("https://api.\texample/"),
    kubectl("api.example:6443"),
    kubectl("https://[::1]:6443"),
    claude("file:///api.example"),
    claude("https://api.example\\.evil.example/mcp"),
    ["terraform get ada@api.example", {}],
    ["terraform get api.example.", {}],
    ["goauth ssh://api.example/mod", { stdin: "" }],
  ])("gets none where it is another host, or can be read as one: %s %j", async (command, io) => {
    const { hasToken, err } = await said(command, io);
    expect(hasToken).toBe(false);
    expect(err).toMatch(/^loopkey: [^\n]+ gets nothing: the profile "default" does not name it\. [^\n]+\n$/);
    expect(err).not.toContain("secret");
  });

  it.each(["ada@api.example", "https://ada:secret@api.example", "api.example\\x", "://", ""])(
    "is bound to no host by --host %j",
    async (host) => {
      const line = await signedIn();
      const { code, io } = await line.run(["credential", "pnpm", "--host", host]);
      expect({ code, out: io.out }).toEqual({ code: 2, out: "" });
      expect(io.err).toContain("The option --host names no host.");
      expect(io.err).not.toContain("secret");
    },
  );
});

it.each([[["--profile"]], [["--host"]], [["--profile", "default", "--host"]]])(
  "cargo: an option without its value, %j, is not that of somebody else",
  async (args) => {
    const registry = { "index-url": "sparse+https://api.example/index/" };
    const { out, hasToken } = await said("cargo --cargo-plugin", {
      stdin: JSON.stringify({ v: 1, kind: "get", registry, args }),
    });
    expect(hasToken).toBe(false);
    expect(out).toContain('"kind":"other"');
  },
);

it("of two accounts the one that is asked for is answered", async () => {
  const line = await signedIn("--profile one");
  await line.login("--api-origin https://api.example --profile two");
  const tokens = await Promise.all(
    ["one", "two"].map(async (name) => {
      const { io } = await line.run(`credential terraform get api.example --profile ${name}`);
      return (io.json() as { readonly token: string }).token;
    }),
  );
  expect(new Set(tokens).size).toBe(2);
  await line.run("logout --profile two");
  expect((await line.run("credential terraform get api.example --profile two")).io.json()).toEqual({});
  expect((await line.run("credential terraform get api.example --profile one")).io.out).toMatch(TOKEN);
});
