// Tunnels that end at the broker: whose certificate is seen, and what cannot be said within one.
import { once } from "node:events";
import { connect } from "node:net";
import { readFileSync } from "node:fs";
import { connect as connectSecurely, type TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { start, type Running } from "./support.js";

const ORIGIN = "https://localhost:1";

const arrange = () => start([`GET ${ORIGIN}/notes*`], { isIntercepting: true });

function secretOf({ broker }: Running): string {
  const { username, password } = new URL(broker.env["https_proxy"]!);
  return Buffer.from(`${username}:${password}`).toString("base64");
}

/** A connection to the origin, through the broker, that trusts the authority of the run alone. */
async function tunnel(world: Running): Promise<TLSSocket> {
  const socket = connect(Number(world.base.port), "127.0.0.1");
  socket.write(
    `CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1\r\nProxy-Authorization: Basic ${secretOf(world)}\r\n\r\n`,
  );
  expect(String((await once(socket, "data"))[0])).toMatch(/^HTTP\/1\.1 200/);
  const ca = readFileSync(world.broker.env["NODE_EXTRA_CA_CERTS"]!);
  const secure = connectSecurely({ socket, ca, servername: "localhost" });
  await once(secure, "secureConnect");
  return secure;
}

async function said(world: Running, text: string): Promise<string> {
  const secure = await tunnel(world);
  let got = "";
  secure.on("data", (chunk: Buffer) => (got += String(chunk)));
  secure.on("error", () => {});
  secure.write(text);
  await once(secure, "close");
  return got;
}

const get = (target: string, host: string): string =>
  `GET ${target} HTTP/1.1\r\nHost: ${host}\r\nConnection: close\r\n\r\n`;

it("the certificate is of this host and this run alone", async () => {
  const [one, other] = [await arrange(), await arrange()];
  const secure = await tunnel(one);
  expect(secure.getPeerCertificate()).toMatchObject({
    subjectaltname: "DNS:localhost",
    issuer: { CN: "Loopkey broker (this run only)" },
  });
  secure.destroy();
  const authorities = [one, other].map(({ broker }) =>
    readFileSync(broker.env["NODE_EXTRA_CA_CERTS"]!, "utf8"),
  );
  expect(authorities[0]).not.toBe(authorities[1]);
});

it.each([
  ["another Host", get("/notes", "elsewhere.example"), 400],
  ["another port", get("/notes", "localhost:2"), 400],
  ["an address of another host", get("https://elsewhere.example/notes", "localhost:1"), 400],
  ["a path that climbs", get("/notes/%2e%2e/admin", "localhost:1"), 400],
  ["a path that no rule allows", get("/admin", "localhost:1"), 403],
  ["a tunnel in the tunnel", "CONNECT localhost:1 HTTP/1.1\r\nHost: localhost:1\r\n\r\n", 407],
])("%s is refused within it", async (_, text, status) => {
  const world = await arrange();
  expect(await said(world, text)).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
});

it("what is allowed is asked for at the API, which nobody runs here", async () => {
  const world = await arrange();
  expect(await said(world, get("/notes", "localhost:1"))).toMatch(
    /^HTTP\/1\.1 502 [\s\S]*could not be reached/,
  );
  expect(world.audit).toMatchObject([{ origin: ORIGIN, path: "/notes", status: 502 }]);
});

it.each(["elsewhere.example:443", "localhost:2", "localhost", "user@localhost:1", "localhost:1/x", "-"])(
  "a tunnel to %s is not opened",
  async (target) => {
    const world = await arrange();
    const text = `CONNECT ${target} HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${secretOf(world)}\r\n\r\n`;
    expect(await world.raw(text)).toMatch(/^HTTP\/1\.1 40[03] /);
  },
);

it("a connection that says no TLS in its tunnel is ended, and the broker goes on", async () => {
  const world = await arrange();
  const connectLine = `CONNECT localhost:1 HTTP/1.1\r\nHost: x\r\nProxy-Authorization: Basic ${secretOf(world)}\r\n\r\n`;
  expect(await world.raw(`${connectLine}GET /notes HTTP/1.1\r\n\r\n`)).toMatch(/^HTTP\/1\.1 200 /);
  (await tunnel(world)).destroy();
});
