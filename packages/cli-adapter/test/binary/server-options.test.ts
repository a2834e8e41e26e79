// Options for servers that differ: used by login, remembered where they are no secret, and used by every later command.
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { createCommandLine, type CommandLine } from "../support.js";

const SECRET = "hush-hush-secret";

async function fileWith(text: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-options-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await writeFile(join(folder, "file"), text);
  return join(folder, "file");
}

async function profileText({ folder }: CommandLine): Promise<string> {
  const names = (await readdir(join(folder, "loopkey"))).filter((name) => name.startsWith("profile-"));
  const texts = await Promise.all(names.map((name) => readFile(join(folder, "loopkey", name), "utf8")));
  return texts.join("\n");
}

it("parameters, resources and origins go into the requests, and are remembered", async () => {
  const line = await createCommandLine();
  const options =
    "--param audience=a=b --param ui_locales=de --token-param tenant=t --resource https://a.example https://b.example " +
    "--api-origin https://api.example --keep-access-token";
  expect(await line.login(options)).toMatchObject({ code: 0 });
  const again = await line.run("login");
  expect(again.code).toBe(0);
  for (const sent of line.server.authorizations) {
    expect(sent.get("audience")).toBe("a=b");
    expect(sent.get("ui_locales")).toBe("de");
    expect(sent.getAll("resource")).toEqual(["https://a.example", "https://b.example"]);
  }
  const tokens = line.server.requests.filter(({ path }) => path === "/token");
  expect(tokens.map(({ body }) => body.get("tenant"))).toEqual(["t", "t"]);
  expect(JSON.parse(await profileText(line))).toMatchObject({
    authorizationParams: { audience: "a=b", ui_locales: "de" },
    apiOrigins: ["https://api.example"],
    keepAccessToken: "store",
  });
  expect(line.server.violations).toEqual([]);
});

it("an API with a token of its own gets that one and no other, by what is remembered of it", async () => {
  const line = await createCommandLine();
  const mail = "https://mail.example scope=read write resource=https://mail.example/v1";
  const options = `--resource https://api.example https://mail.example/v1 --api-origin https://api.example "${mail}" "https://files.example scope=files" --scope "openid offline_access read write files"`;
  expect(await line.login(options)).toMatchObject({ code: 0 });
  expect(JSON.parse(await profileText(line))).toMatchObject({
    apiOrigins: [
      "https://api.example",
      { origin: "https://mail.example", resource: "https://mail.example/v1", scope: "read write" },
      { origin: "https://files.example", scope: "files" },
    ],
  });
  const asked = async (url: string) => {
    const given = await line.run("credential bazel get", { stdin: JSON.stringify({ uri: url }) });
    expect(given, given.io.err).toMatchObject({ code: 0 });
    const { body } = line.server.requests.findLast(({ path }) => path === "/token")!;
    return [body.getAll("resource"), body.get("scope")];
  };
  expect(await asked("https://api.example/notes")).toEqual([
    ["https://api.example", "https://mail.example/v1"],
    null,
  ]);
  expect(await asked("https://mail.example/inbox")).toEqual([["https://mail.example/v1"], "read write"]);
  expect(await asked("https://files.example/")).toEqual([
    ["https://api.example", "https://mail.example/v1"],
    "files",
  ]);
  expect(line.server.violations).toEqual([]);
});

it("an empty scope is sent as none, and remembered", async () => {
  const line = await createCommandLine();
  expect(await line.login('--scope ""')).toMatchObject({ code: 0 });
  expect(line.server.authorizations[0]!.has("scope")).toBe(false);
  expect(JSON.parse(await profileText(line))).toMatchObject({ scope: "" });
});

it.each([
  ["--reponse-mode form_post", "--response-mode"],
  ["--metdata x", "--metadata"],
  ["--parm a=b", "--param"],
  ["--client-secretfile x", "--client-secret-file"],
  ["--keep-acess-token", "--keep-access-token"],
  ["--issuers x", "--issuer"],
])("%s, which is misspelt, says what was probably meant: %s", async (written, meant) => {
  const line = await createCommandLine();
  const { code, io } = await line.login(written);
  expect(code).toBe(2);
  expect(io.err).toContain(`Did you mean ${meant}?`);
  expect(line.server.requests).toEqual([]);
});

it("the access token that is kept is printed without a request", async () => {
  const line = await createCommandLine();
  await line.login("--keep-access-token");
  const before = line.server.requests.length;
  expect(await line.run("token")).toMatchObject({ code: 0, io: { out: expect.stringMatching(/^access-/) } });
  expect(line.server.requests).toHaveLength(before);
});

it("token --resource prints a token for that API alone", async () => {
  const line = await createCommandLine();
  await line.login("--resource https://a.example https://b.example");
  const { io } = await line.run("token --json --resource https://a.example");
  expect(io.json()).toEqual({ v: 1, accessToken: expect.stringMatching(/^access-/), expiresAt: null });
  const last = line.server.requests.findLast(({ path }) => path === "/token");
  expect(last?.body.getAll("resource")).toEqual(["https://a.example"]);
  expect(await line.run("token --resource notes")).toMatchObject({ code: 2 });
});

it("the secret of a file is kept with the session: in no profile, no output, and later commands have it", async () => {
  const line = await createCommandLine({ clientAuth: { secret: SECRET } });
  const path = await fileWith(`${SECRET}\n`);
  const ran = [
    await line.login(`--client-secret-file ${path} --token-endpoint-auth-method client_secret_post`),
    await line.run("token"),
    await line.run("status --json"),
    await line.run("doctor"),
    await line.run("login"),
    await line.run("logout", { env: { LOOPKEY_DEBUG: "1" } }),
  ];
  expect(ran.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0, 0]);
  const seen = [...ran.flatMap(({ io }) => [io.out, io.err]), await profileText(line)].join("\n");
  expect(seen).not.toContain(SECRET);
  expect(line.made.flatMap(({ opened }) => opened).join()).not.toContain(SECRET);
  expect(line.server.violations).toEqual([]);
});

it("the end of a secret is kept with the session, told by status, and known before the browser opens", async () => {
  const line = await createCommandLine({ clientAuth: { secret: SECRET } });
  const secret = `--client-secret-file ${await fileWith(SECRET)}`;
  const seconds = Math.floor(Date.now() / 1000) + 5 * 86_400;
  const end = new Date(seconds * 1000).toISOString();
  expect(await line.login(`${secret} --client-secret-expires-at ${seconds}`)).toMatchObject({ code: 0 });
  expect((await line.run("status")).io.out).toContain(`  secret:  ends ${end}\n`);
  expect((await line.run("status --json")).io.json()).toMatchObject({ clientSecretExpiresAt: end });
  expect(await profileText(line)).not.toContain("clientSecretExpiresAt");
  const warned = await line.run(`doctor ${secret} --client-secret-expires-at ${end}`);
  expect(warned.code).toBe(0);
  expect(warned.io.out).toMatch(
    new RegExp(`^warned +features:.*The client's secret ends on ${end.slice(0, 10)}`, "m"),
  );

  const over = `${secret} --client-secret-expires-at 2026-01-31`;
  const opened = line.made.flatMap((ports) => ports.opened).length;
  expect(await line.run(`login ${over}`)).toMatchObject({
    code: 2,
    io: {
      err: expect.stringMatching(/The client's secret ended on 2026-01-31\.[^]*Register the client again/),
    },
  });
  expect(line.made.flatMap((ports) => ports.opened)).toHaveLength(opened);
  const failed = await line.run(`doctor ${over}`);
  expect(failed).toMatchObject({
    code: 1,
    io: { out: expect.stringMatching(/^failed +server:.*ended on/m) },
  });
  expect(await line.run("token")).toMatchObject({ code: 0 });
});

it("there is no option to write the secret into: a command line is seen by everybody", async () => {
  const line = await createCommandLine();
  const { code, io } = await line.login(`--client-secret ${SECRET}`);
  expect(code).toBe(2);
  expect(io.err).not.toContain(SECRET);
});

it("metadata of a file is remembered with the profile, and asked of nobody", async () => {
  const metadata = {
    issuer: "https://id.example",
    authorization_endpoint: "https://id.example/authorize",
    token_endpoint: "https://id.example/token",
    jwks_uri: "https://id.example/jwks",
    id_token_signing_alg_values_supported: ["ES256"],
  };
  const line = await createCommandLine();
  const path = await fileWith(JSON.stringify(metadata));
  expect(await line.run(`login --metadata ${path} --client-id app`)).toMatchObject({ code: 0 });
  await rm(path);
  expect(await line.run("token")).toMatchObject({ code: 0 });
  expect(line.server.requests.filter(({ path: asked }) => asked.includes("well-known"))).toEqual([]);
  expect((await line.run("status --json")).io.json()).toMatchObject({ issuer: "https://id.example" });
});

it("metadata of an address is asked for there", async () => {
  const line = await createCommandLine({ metadataPath: "/elsewhere" });
  expect(await line.login("--metadata https://id.example/elsewhere")).toMatchObject({ code: 0 });
  expect(await line.run("token")).toMatchObject({ code: 0 });
  expect(line.server.requests[0]?.path).toBe("/elsewhere");
});

it("a redirect that is posted, a key, members and an ID token issuer are remembered too", async () => {
  const line = await createCommandLine({ offers: ["dpop"] });
  const options =
    "--response-mode form_post --dpop --keep-response-member team --id-token-issuer https://id.example/{tid}/v2.0";
  line.server.idTokenClaims = { tid: "t", iss: "https://id.example/t/v2.0" };
  line.server.tokenMembers = { team: "blue" };
  expect(await line.login(options)).toMatchObject({ code: 0 });
  expect(await line.run("whoami")).toMatchObject({ code: 0 });
  expect(line.server.authorizations[0]?.get("response_mode")).toBe("form_post");
  expect(JSON.parse(await profileText(line))).toMatchObject({
    responseMode: "form_post",
    dpop: true,
    keepResponseMembers: ["team"],
    idTokenIssuer: ["https://id.example/{tid}/v2.0"],
  });
  expect(line.server.violations).toEqual([]);
});

it.each([
  ["--param audience", /--param has "audience"\. Write NAME=VALUE/],
  ["--param state=x", /"authorizationParams" may not set "state"/],
  ["--token-param client_secret=x", /"tokenParams" may not set "client_secret"/],
  ["--client-secret-expires-at 0", /stands without --client-secret-file/],
  ["--client-secret-file /dev/null --client-secret-expires-at soon", /has "soon"\. Write a date/],
  ["--client-secret-file /nowhere/secret", /--client-secret-file names a file that cannot be read/],
  ["--metadata /nowhere/metadata", /--metadata names a file that cannot be read/],
  ["--bearer-token-type mac", /"bearerTokenTypes" may not have "mac"/],
  ["--end-session-url https://id.example/{who}", /"endSessionUrl"/],
  [
    '--api-origin "https://api.example resource"',
    /--api-origin has .* Write "ORIGIN resource=URI scope=NAMES"/,
  ],
  ['--api-origin "https://api.example read"', /--api-origin has .* Write "ORIGIN resource=URI scope=NAMES"/],
  ['--api-origin "https://api.example scope=a resource=https://x.example#frag"', /"apiOrigins"/],
  ['--api-origin "https://api.example resource=notes"', /"apiOrigins"/],
  ["--response-mode fragment", /--response-mode/],
  ["--token-endpoint-auth-method client_secret_basic", /"clientSecret" is missing/],
  ["--id-token-issuer https://{tid}.example", /claims in its path only/],
])("%s is refused before a browser opens, with what to write", async (options, why) => {
  const line = await createCommandLine();
  const { code, io } = await line.login(options);
  expect(code).toBe(2);
  expect(io.err).toMatch(why);
  expect(line.made.flatMap(({ opened }) => opened)).toEqual([]);
});

it("the server's word for Bearer, and where it signs out, are remembered too", async () => {
  const line = await createCommandLine({ differs: ["own-token-type", "logout-other-names"] });
  const refused = await line.login("");
  expect(refused).toMatchObject({ code: 1, io: { err: expect.stringContaining("bearerTokenTypes") } });
  const signOutAt = "https://id.example/logout?client_id={client_id}&logout_uri={post_logout_redirect_uri}";
  expect(await line.login(`--bearer-token-type user --end-session-url ${signOutAt}`)).toMatchObject({
    code: 0,
  });
  expect(await line.run("token")).toMatchObject({ code: 0 });
  expect(JSON.parse(await profileText(line))).toMatchObject({
    bearerTokenTypes: ["user"],
    endSessionUrl: signOutAt,
  });
  const { io } = await line.run("logout --browser --json");
  expect(io.json()).toMatchObject({ endSession: "done" });
});

it("a secret of several lines, and metadata of another issuer, are refused", async () => {
  const line = await createCommandLine();
  const lines = await line.login(`--client-secret-file ${await fileWith("a\nb\n")}`);
  expect(lines).toMatchObject({ code: 2, io: { err: expect.stringContaining("more than one line") } });
  const other = await line.login(`--metadata ${await fileWith('{ "issuer": "https://evil.example" }')}`);
  expect(other).toMatchObject({ code: 2, io: { err: expect.stringContaining("of another issuer") } });
});

it.each([
  ["refuses-in-other-words", "bad_refresh_token"],
  ["refuses-apart", "refresh_token_not_found"],
] as const)(
  "a server that %s: 4 and what to run, the session stays, and nobody asks again",
  async (differs, word) => {
    const line = await createCommandLine({ differs: [differs] });
    await line.login();
    line.server.endSessions();
    const refused = await line.run("token");
    expect(refused).toMatchObject({ code: 4, io: { out: "" } });
    expect(refused.io.err).toContain(`does not renew this session (${word})`);
    expect(refused.io.err).toContain('"loopkey login"');
    const asked = line.server.requests.length;
    expect(await line.run("token")).toMatchObject({ code: 4 });
    expect(line.server.requests).toHaveLength(asked);
    expect(await line.store.load()).toContain(`"error":"${word}"`);
    expect(await line.login()).toMatchObject({ code: 0 });
    expect(await line.run("token")).toMatchObject({ code: 0 });
  },
);
