// Certificates and address families, which no fetch of ours decides about: the runtime's rules count.
import { spawn } from "node:child_process";
import dns from "node:dns";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { networkInterfaces } from "node:os";
import { fileURLToPath } from "node:url";
import { asResponse, fetchContract, ownConnectionContract } from "@loopkey/core/testing";
import { beforeAll, describe, expect, onTestFinished, test, vi } from "vitest";
import { fetchOnOwnConnection, fetchOverHttp } from "../../src/fetch/transport.js";
import { createServeOrigin } from "../../src/testing/index.js";

const file = (name: string): string => fileURLToPath(new URL(`../fixtures/${name}`, import.meta.url));
const CERTIFICATE = file("tls-localhost.pem");
const pem = readFileSync(CERTIFICATE, "utf8");
const onConnected = (): void => {};

describe.each([
  ["the port, which is the runtime's own", "runtime"],
  ["fetch over node:https", "own"],
])("%s keeps the promises of a fetch over TLS, with a certificate from NODE_EXTRA_CA_CERTS", (_, which) => {
  const broken = new Map<string, string | null>();
  beforeAll(async () => {
    const child = spawn(process.execPath, [file("fetch-contract.mjs"), which], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: CERTIFICATE },
      stdio: ["ignore", "pipe", "inherit"],
    });
    createInterface(child.stdout).on("line", (line) => {
      const { name, broken: how } = JSON.parse(line) as { name: string; broken: string | null };
      broken.set(name, how);
    });
    const [code] = (await once(child, "close")) as [number];
    expect(code).toBe(0);
  }, 60_000);

  const none = (): never => {
    throw new Error("only named here");
  };
  for (const { name } of [...fetchContract(none), ...ownConnectionContract(none)])
    test(name, () => expect(broken.get(name)).toBeNull());
});

async function start(options: Parameters<typeof createServeOrigin>[0]) {
  const served = await createServeOrigin(options)(() => ({ body: "answer" }));
  onTestFinished(served.close);
  return served;
}

test.each([
  ["a certificate that nobody signed", (origin: string) => origin, /SELF_SIGNED/],
  [
    "a plain server where https is asked for",
    (origin: string) => origin.replace("http:", "https:"),
    /ERR_SSL|EPROTO/,
  ],
])("%s is refused before anything is sent", async (_, address, code) => {
  const isPlain = code.source.includes("SSL");
  const { origin, requests } = await start(isPlain ? {} : { tls: { key: pem, cert: pem } });
  const url = address(origin);
  await expect(
    fetchOnOwnConnection(url, { method: "POST", body: "form", onConnected }),
  ).rejects.toMatchObject({
    message: "fetch failed",
    unsent: true,
    cause: { code: expect.stringMatching(code) as string },
  });
  await expect(fetchOverHttp(url)).rejects.toMatchObject({
    cause: { code: expect.stringMatching(code) as string },
  });
  expect(requests).toEqual([]);
});

test("a certificate that is not trusted is told by who issued it, and by the variable to set", async () => {
  const { origin } = await start({ tls: { key: pem, cert: pem } });
  await expect(fetchOverHttp(origin)).rejects.toMatchObject({
    cause: {
      hint: expect.stringMatching(
        /127\.0\.0\.1 was issued by "Loopkey tests.* NODE_EXTRA_CA_CERTS/,
      ) as string,
    },
  });
});

const hasIPv6 = Object.values(networkInterfaces())
  .flat()
  .some((at) => at?.address === "::1");
const HOSTS = ["127.0.0.1", ...(hasIPv6 ? ["::1"] : [])];

test.each(HOSTS)(
  "a name with addresses of both families is found on %s, whichever comes first",
  async (host) => {
    const { origin } = await start({ host });
    // Not every machine has both for localhost.
    const addresses = [
      { address: "::1", family: 6 },
      { address: "127.0.0.1", family: 4 },
    ];
    const lookup = vi.spyOn(dns, "lookup");
    onTestFinished(() => lookup.mockRestore());
    lookup.mockImplementation(((_: string, __: object, found: (error: null, all: object) => void) =>
      process.nextTick(found, null, addresses)) as never);
    const url = `http://localhost:${new URL(origin).port}`;
    expect(await asResponse(await fetchOnOwnConnection(url, { onConnected })).text()).toBe("answer");
    expect(await asResponse(await fetchOverHttp(url)).text()).toBe("answer");
    expect(await asResponse(await fetchOverHttp(origin)).text()).toBe("answer");
  },
);
