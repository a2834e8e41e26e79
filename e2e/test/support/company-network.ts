// A company's network, as a machine in it sees it: the server's name is known to the proxy alone, the proxy wants a password,
// and the server's certificate comes from an authority of the company's own.
import { execFileSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createHttpsServer } from "node:https";
import { connect, type AddressInfo, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createFakeServer, type FakeServer } from "@loopkey/core/testing";
import { systemClock } from "@loopkey/node-adapter";
import { onTestFinished } from "vitest";

/** No name of the real world ends so (RFC 6761). */
export const HOST = "id.company.test";
export const AUTHORITY = "Company Root CA";

export interface CompanyNetwork {
  readonly server: FakeServer;
  /** What answers for it. */
  readonly secure: Server;
  /** The authority's certificate, a file. */
  readonly authority: string;
  /** What the person's browser is, for BROWSER: it has the company's settings already. */
  readonly browser: string;
  readonly folder: string;
  readonly proxy: {
    readonly host: string;
    /** With the user and the password. */
    readonly address: string;
    /** What CONNECT asked for, in order, with what it was answered. */
    readonly asked: readonly string[];
    /** Answers this in place of letting through. */
    refuse: { readonly status: number; readonly body: string } | undefined;
    /** Takes connections and says nothing. */
    isSilent: boolean;
  };
}

const USER = "ada";
const PASSWORD = "p@ss:word/1";

/** `scheme`: how the proxy itself is spoken to. */
export async function startCompanyNetwork(scheme: "http" | "https" = "http"): Promise<CompanyNetwork> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-company-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const tls = makeCertificates(folder);
  let server: FakeServer | undefined;
  const onRequest = (request: IncomingMessage, response: ServerResponse): void =>
    void answer(server!, request, response);
  const secure = createHttpsServer(tls, onRequest);
  const securePort = await listening(secure);
  // The browser's way in.
  const plain = await listening(createServer(onRequest));
  server = await createFakeServer({ clock: systemClock, issuer: `https://${HOST}:${securePort}` });
  const browser = join(folder, "browser.mjs");
  await writeFile(
    browser,
    `const { pathname, search } = new URL(process.argv[2]);
     await (await fetch("http://127.0.0.1:${plain}" + pathname + search)).text();\n`,
  );

  const asked: string[] = [];
  const proxy: { refuse: CompanyNetwork["proxy"]["refuse"]; isSilent: boolean } = {
    refuse: undefined,
    isSilent: false,
  };
  const expected = `Basic ${Buffer.from(`${USER}:${PASSWORD}`).toString("base64")}`;
  const door = scheme === "https" ? createHttpsServer(tls) : createServer();
  door.on("connect", ({ url, headers }: IncomingMessage, socket: Socket) => {
    socket.on("error", () => {});
    const refusal =
      headers["proxy-authorization"] === expected ? proxy.refuse : { status: 407, body: "Who are you?" };
    if (proxy.isSilent) {
      asked.push(`${url} silence`);
      return;
    }
    asked.push(`${url} ${refusal?.status ?? 200}`);
    if (refusal) {
      const head = `HTTP/1.1 ${refusal.status} No\r\nContent-Type: application/json\r\nContent-Length: ${refusal.body.length}`;
      socket.end(`${head}\r\n\r\n${refusal.body}`);
      return;
    }
    const [host, port] = url!.split(":") as [string, string];
    const through = connect(Number(port), host === HOST ? "127.0.0.1" : host, () => {
      socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      through.pipe(socket).pipe(through);
    });
    through.on("error", () => socket.destroy());
    socket.on("close", () => through.destroy());
  });
  const port = await listening(door);
  const host = `${scheme === "https" ? "localhost" : "127.0.0.1"}:${port}`;
  return {
    server,
    secure,
    folder,
    authority: join(folder, "ca.pem"),
    browser: `"${process.execPath}" "${browser}" %s`,
    proxy: Object.assign(proxy, {
      host,
      address: `${scheme}://${USER}:${encodeURIComponent(PASSWORD)}@${host}`,
      asked,
    }),
  };
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  return (server.address() as AddressInfo).port;
}

async function answer(server: FakeServer, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method = "GET", url = "/", headers } = request;
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  const asked = new Request(new URL(url, server.issuer), {
    method,
    headers: Object.entries(headers).map(([name, value]): [string, string] => [name, String(value)]),
    ...(chunks.length > 0 && { body: Buffer.concat(chunks) }),
  });
  const { response: made } = await server.handle(asked);
  if (!made) return void response.destroy();
  response.writeHead(made.status, Object.fromEntries(made.headers));
  response.end(Buffer.from(await made.arrayBuffer()));
}

function makeCertificates(folder: string): { readonly key: string; readonly cert: string } {
  const run = (...args: string[]): void =>
    void execFileSync("openssl", args, { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"];
  run(
    "req",
    "-x509",
    ...key,
    "-days",
    "2",
    "-subj",
    `/CN=${AUTHORITY}`,
    "-keyout",
    "ca.key",
    "-out",
    "ca.pem",
  );
  run("req", ...key, "-subj", `/CN=${HOST}`, "-keyout", "server.key", "-out", "server.csr");
  execFileSync("sh", ["-c", `echo "subjectAltName=DNS:${HOST},DNS:localhost,IP:127.0.0.1" > names`], {
    cwd: folder,
  });
  const signed = ["-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "names"];
  run("x509", "-req", "-in", "server.csr", ...signed, "-out", "server.pem");
  return {
    key: readFileSync(join(folder, "server.key"), "utf8"),
    cert: readFileSync(join(folder, "server.pem"), "utf8"),
  };
}
