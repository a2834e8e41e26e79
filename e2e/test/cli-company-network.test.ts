// The binary `loopkey` behind a company's proxy, with a company's certificates.
import { X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { createCli, type Cli } from "./support/cli.js";
import { loginArgs, NO_BUS } from "./support/cli-world.js";
import { AUTHORITY, HOST, startCompanyNetwork, type CompanyNetwork } from "./support/company-network.js";
import { hasProgram } from "./support/programs.js";

/** What the machine that runs the tests may have itself. */
const NONE = Object.fromEntries(
  ["HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY"].flatMap((name) => [
    [name, ""],
    [name.toLowerCase(), ""],
  ]),
);

async function employee(network: CompanyNetwork, env: NodeJS.ProcessEnv): Promise<Cli> {
  const key = join(network.folder, "key");
  await writeFile(key, Buffer.alloc(32, 7), { mode: 0o600 });
  return createCli({ ...NO_BUS, ...NONE, LOOPKEY_KEY_FILE: key, BROWSER: network.browser, ...env });
}

function write(folder: string, text: string | Uint8Array): string {
  const file = join(folder, "given");
  writeFileSync(file, text);
  return file;
}

function login({ server }: CompanyNetwork): string[] {
  return [...loginArgs({ issuer: server.issuer, clientId: "app" }), "--store", "encrypted-file"];
}

const why = hasProgram("openssl") ? "" : ": openssl is missing: sudo apt-get install openssl";
describe.skipIf(!hasProgram("openssl"))(`loopkey in a company's network${why}`, { timeout: 60_000 }, () => {
  it.each(["http", "https"] as const)(
    "signs in, renews and signs out through an %s proxy that wants a password, and asks nothing past it",
    async (scheme) => {
      const network = await startCompanyNetwork(scheme);
      const { server, proxy, authority } = network;
      const cli = await employee(network, { HTTPS_PROXY: proxy.address, NODE_EXTRA_CA_CERTS: authority });
      expect(await cli.run(login(network))).toMatchObject({ code: 0 });
      expect(await cli.run(["token"])).toMatchObject({ code: 0 });
      expect(await cli.run(["whoami"])).toMatchObject({ code: 0 });
      expect(await cli.run(["logout"])).toMatchObject({ code: 0 });
      const { host } = new URL(server.issuer);
      expect(new Set(proxy.asked)).toEqual(new Set([`${host} 200`]));
      expect(await cli.leftovers()).toEqual([]);
    },
  );

  it.each([
    ["the system's", (file: string) => ({ SSL_CERT_FILE: file })],
    ["those of NODE_EXTRA_CA_CERTS", (file: string) => ({ NODE_EXTRA_CA_CERTS: file })],
  ])("trusts %s certificates", async (_, env) => {
    const network = await startCompanyNetwork();
    const cli = await employee(network, { https_proxy: network.proxy.address, ...env(network.authority) });
    expect(await cli.run(login(network))).toMatchObject({ code: 0 });
    expect(await cli.run(["token"])).toMatchObject({ code: 0 });
  });

  it("names who issued a certificate that it does not trust, and the variable to set", async () => {
    const network = await startCompanyNetwork();
    const cli = await employee(network, { HTTPS_PROXY: network.proxy.address });
    const { code, stderr } = await cli.run(login(network));
    expect(code).toBe(1);
    expect(stderr).toContain(`The certificate of ${HOST} was issued by "${AUTHORITY}"`);
    expect(stderr).toContain("NODE_EXTRA_CA_CERTS");
    expect(network.server.requests).toEqual([]);
  });

  it.each([
    ["is not there", () => join(tmpdir(), "loopkey-no-such-file"), "cannot be read (ENOENT)"],
    ["is a folder", ({ folder }: CompanyNetwork) => folder, "is not a file"],
    ["is empty", ({ folder }: CompanyNetwork) => write(folder, ""), "has no certificate in it"],
    [
      "is cut off",
      ({ folder, authority }: CompanyNetwork) => write(folder, readFileSync(authority).subarray(0, 200)),
      "has no certificate in it",
    ],
    [
      "is in DER",
      ({ folder, authority }: CompanyNetwork) =>
        write(folder, new X509Certificate(readFileSync(authority)).raw),
      "is in DER, not in PEM: openssl x509 -inform DER",
    ],
  ])("says of NODE_EXTRA_CA_CERTS that its file %s", async (_, fileOf, told) => {
    const network = await startCompanyNetwork();
    const file = fileOf(network);
    const cli = await employee(network, { HTTPS_PROXY: network.proxy.address, NODE_EXTRA_CA_CERTS: file });
    const { code, stderr } = await cli.run(login(network));
    expect(code).toBe(1);
    expect(stderr).toContain(`NODE_EXTRA_CA_CERTS is set, but ${file} ${told}`);
  });

  it.each([
    ["a byte order mark", (pem: string) => `\uFEFF${pem}`],
    ["lines of Windows", (pem: string) => pem.replaceAll("\n", "\r\n")],
    ["words around it", (pem: string) => `subject=Company\n${pem}# the end\n`],
  ])("trusts a file of NODE_EXTRA_CA_CERTS with %s", async (_, change) => {
    const network = await startCompanyNetwork();
    const file = write(network.folder, change(readFileSync(network.authority, "utf8")));
    const cli = await employee(network, { HTTPS_PROXY: network.proxy.address, NODE_EXTRA_CA_CERTS: file });
    expect(await cli.run(login(network))).toMatchObject({ code: 0 });
  });

  it.each([
    [
      "wants a password",
      (host: string) => `http://${host}`,
      /127\.0\.0\.1:\d+ \(HTTPS_PROXY\) wants a user and a password/,
    ],
    [
      "does not take the password",
      (host: string) => `http://ada:wrong@${host}`,
      /does not accept the user and password/,
    ],
    [
      "is not there",
      () => "http://ada:wrong@127.0.0.1:1",
      /asked through the proxy 127\.0\.0\.1:1 \(HTTPS_PROXY\)/,
    ],
    [
      "is of a kind that is not known",
      () => "socks5://ada:wrong@127.0.0.1:1",
      /HTTPS_PROXY is no address of a proxy/,
    ],
    [
      "has a password with signs that end an address",
      () => "http://ada:secret@wrong#more@127.0.0.1:1",
      /HTTPS_PROXY cannot be read: in the user and the password write @ : \/ \? and # as %40/,
    ],
    [
      "has a password that looks like a port",
      () => "http://wrong:12/more@127.0.0.1:1",
      /HTTPS_PROXY cannot be read/,
    ],
  ])("says that the proxy %s, by its name and never with its password", async (_, address, told) => {
    const network = await startCompanyNetwork();
    const cli = await employee(network, {
      HTTPS_PROXY: address(network.proxy.host),
      DEBUG: "*",
      LOOPKEY_DEBUG: "1",
    });
    const { code, stderr } = await cli.run(login(network));
    expect(code).toBe(1);
    expect(stderr).toMatch(told);
    expect(stderr).not.toContain("wrong");
  });

  it("is not signed out by what a proxy answers in the server's place", async () => {
    const network = await startCompanyNetwork();
    const { proxy, authority } = network;
    const cli = await employee(network, { HTTPS_PROXY: proxy.address, NODE_EXTRA_CA_CERTS: authority });
    expect(await cli.run(login(network))).toMatchObject({ code: 0 });
    proxy.refuse = { status: 400, body: '{"error":"invalid_grant"}' };
    const refused = await cli.run(["token"]);
    expect(refused).toMatchObject({ code: 1, stdout: "" });
    expect(refused.stderr).toMatch(/does not let requests to id\.company\.test:\d+ through \(status 400\)/);
    proxy.refuse = undefined;
    expect(await cli.run(["token"])).toMatchObject({ code: 0 });
  });

  it("ends at once when it is interrupted while the proxy is silent", async () => {
    const network = await startCompanyNetwork();
    network.proxy.isSilent = true;
    const cli = await employee(network, { HTTPS_PROXY: network.proxy.address });
    const running = cli.start(login(network));
    await expect.poll(() => network.proxy.asked, { timeout: 20_000 }).toHaveLength(1);
    running.kill("SIGINT");
    expect(await running.ended).toMatchObject({ stdout: "" });
  });

  it("asks servers that NO_PROXY names without the proxy, and those of this machine", async () => {
    const network = await startCompanyNetwork();
    const cli = await employee(network, {
      HTTPS_PROXY: network.proxy.address,
      NO_PROXY: `.${HOST.split(".").slice(1).join(".")}`,
    });
    expect(await cli.run(login(network))).toMatchObject({ code: 1 });
    const issuer = "https://127.0.0.1:1";
    expect(
      await cli.run([...loginArgs({ issuer, clientId: "app" }), "--store", "encrypted-file"]),
    ).toMatchObject({ code: 1 });
    expect(network.proxy.asked).toEqual([]);
  });
});
