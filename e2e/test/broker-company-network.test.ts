// `loopkey broker` behind a company's proxy, with a company's certificates: the API is reached through the one, and trusted by the others.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { needs } from "./support/broker-world.js";
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

interface Office {
  readonly network: CompanyNetwork;
  readonly cli: Cli;
  /** Of the API, as the base URL in the program's environment is named for it. */
  readonly name: string;
  readonly api: string;
  readonly broker: (options: readonly string[], script: string) => readonly string[];
}

/** Somebody who has signed in there. The company's proxy is for http as well. */
async function createOffice(scheme: "http" | "https" = "http"): Promise<Office> {
  const network = await startCompanyNetwork(scheme);
  const { server, proxy, authority } = network;
  const key = join(network.folder, "key");
  await writeFile(key, Buffer.alloc(32, 7), { mode: 0o600 });
  const cli = await createCli({
    ...NO_BUS,
    ...NONE,
    LOOPKEY_KEY_FILE: key,
    BROWSER: network.browser,
    HTTPS_PROXY: proxy.address,
    http_proxy: proxy.address,
    NODE_EXTRA_CA_CERTS: authority,
  });
  const login = loginArgs({ issuer: server.issuer, clientId: "app" });
  const { code, stderr } = await cli.run([...login, "--store", "encrypted-file", "--keep-access-token"]);
  if (code !== 0) throw new Error(stderr);
  const api = `${server.issuer}/api`;
  return {
    network,
    cli,
    api,
    name: `LOOPKEY_BROKER_${new URL(api).host.toUpperCase().replaceAll(/[^A-Z0-9]+/g, "_")}`,
    broker: (options, script) => ["broker", "--allow", api, ...options, "--", "sh", "-c", script],
  };
}

const STATUS = "curl -sS -o /dev/null -w '%{http_code}'";

const why = hasProgram("openssl") ? "" : ": openssl is missing: sudo apt-get install openssl";
describe.skipIf(!hasProgram("openssl"))(
  `the broker in a company's network${why}`,
  { timeout: 60_000 },
  () => {
    it.each([
      ["http", "the base URL", [], (office: Office) => `"$${office.name}/api"`],
      ["https", "the base URL", [], (office: Office) => `"$${office.name}/api"`],
      ["http", "--proxy", ["--proxy"], ({ api }: Office) => api.replace("https:", "http:")],
      ["http", "--intercept", ["--intercept"], ({ api }: Office) => api],
      ["https", "--intercept", ["--intercept"], ({ api }: Office) => api],
    ] as const)(
      "asks the API through an %s proxy that wants a password: %s",
      async (scheme, _, options, address) => {
        if (!hasProgram("curl")) throw new Error("curl is missing: sudo apt-get install curl");
        const office = await createOffice(scheme);
        const { cli, broker, network } = office;
        const end = await cli.run(broker(options, `${STATUS} ${address(office)}`));
        expect(end).toMatchObject({ code: 0, stdout: "200" });
        expect(end.stderr).toMatch(new RegExp(String.raw`^broker: GET ${office.api} 200 \d+ms\n$`));
        // The program's own request has not gone there, with the secret of the broker in its address.
        const { host } = new URL(office.api);
        expect(new Set(network.proxy.asked)).toEqual(new Set([`${host} 200`]));
        expect(network.server.violations).toEqual([]);
        expect(await cli.leftovers()).toEqual([]);
      },
    );

    it("says what to do about a proxy that refuses, and never gives its answer to the program as the API's", async (context) => {
      needs(context, "curl");
      const { cli, broker, network, name, api } = await createOffice();
      network.proxy.refuse = { status: 401, body: "of the proxy" };
      const before = network.server.requests.length;
      const end = await cli.run(broker([], `curl -sS -w '%{http_code}' "$${name}/api"`));
      expect(end.stdout).toMatch(/^loopkey broker: id\.company\.test:\d+ could not be reached: .*502$/s);
      expect(end.stdout).toContain(`does not let requests to ${new URL(api).host} through (status 401)`);
      expect(end.stdout).not.toContain("of the proxy");
      expect(network.server.requests).toHaveLength(before);
    });

    it.each([
      [
        "that does not take the password",
        ({ host }: CompanyNetwork["proxy"]) => `http://ada:wrong@${host}`,
        /does not accept the user and password/,
      ],
      ["that is not there", () => "http://ada:wrong@127.0.0.1:1", /asked through the proxy 127\.0\.0\.1:1/],
      ["that is none", () => "socks5://ada:wrong@127.0.0.1:1", /HTTPS_PROXY is no address of a proxy/],
    ])("names a proxy %s, never with its password", async (_, address, told) => {
      const { cli, broker, name, network } = await createOffice();
      const end = await cli.run(broker([], `curl -sS -w '%{http_code}' "$${name}/api"`), {
        HTTPS_PROXY: address(network.proxy),
      });
      expect(end.stdout).toMatch(/502$/);
      expect(end.stdout).toMatch(told);
      expect(end.stdout + end.stderr).not.toContain("wrong");
    });

    it("names who issued a certificate that nobody vouches for, and the variable to set", async (context) => {
      needs(context, "curl");
      const { cli, broker, name } = await createOffice();
      const more = { NODE_EXTRA_CA_CERTS: "" };
      const end = await cli.run(broker([], `curl -sS "$${name}/api"`), more);
      expect(end.stdout).toContain(`The certificate of ${HOST} was issued by "${AUTHORITY}"`);
      expect(end.stdout).toContain("NODE_EXTRA_CA_CERTS");
    });

    it("takes a WebSocket through the tunnel", async () => {
      const { cli, broker, network, name, api } = await createOffice();
      network.secure.on("upgrade", ({ headers }, socket) => {
        const isOurs = headers.authorization?.startsWith("Bearer ") ?? false;
        socket.end(
          `HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n${isOurs}`,
        );
      });
      const script = `"${process.execPath}" -e '
      const headers = { connection: "Upgrade", upgrade: "websocket" };
      require("node:http").request(process.env.${name} + "/api", { headers }).on("upgrade", (_, socket, head) => {
        process.stdout.write(head);
        socket.on("data", (data) => process.stdout.write(data));
      }).end();'`;
      const end = await cli.run(broker([], script));
      expect(end).toMatchObject({ code: 0, stdout: "true" });
      expect(network.proxy.asked.at(-1)).toBe(`${new URL(api).host} 200`);
    });
  },
);
