// A token endpoint behind something that garbles HTTP, and the runtime's own fetch: what it could not read has tokens in it.
import { createServer } from "node:net";
import { inspect } from "node:util";
import { expect, it, onTestFinished } from "vitest";
import { createAuthClient } from "@loopkey/core";
import { createNodePorts } from "../src/index.js";

const TOKEN = "access-that-nobody-may-see";
const BODY = JSON.stringify({ access_token: TOKEN, token_type: "Bearer" });
const JSON_TYPE = "Content-Type: application/json\r\n";
const LENGTH = `Content-Length: ${BODY.length}\r\n`;

it.each([
  ["two lengths", `HTTP/1.1 200 OK\r\n${JSON_TYPE}${LENGTH}Content-Length: 1\r\n\r\n${BODY}`],
  [
    "a length and chunks",
    `HTTP/1.1 200 OK\r\n${JSON_TYPE}${LENGTH}Transfer-Encoding: chunked\r\n\r\n${BODY}`,
  ],
  ["a chunk without a length", `HTTP/1.1 200 OK\r\n${JSON_TYPE}Transfer-Encoding: chunked\r\n\r\n${BODY}`],
  ["no head", BODY],
])("an answer with %s is in no error", async (_, bytes) => {
  const tokenEndpoint = await answering(bytes);
  const openBrowser = async (url: string): Promise<void> => {
    const asked = new URL(url).searchParams;
    void fetch(`${asked.get("redirect_uri")}?code=c&state=${asked.get("state")}`).catch(() => {});
  };
  const ports = createNodePorts({ appName: "Garbled", store: "memory", openBrowser });
  const server = {
    issuer: "http://127.0.0.1",
    authorization_endpoint: "http://127.0.0.1/authorize",
    token_endpoint: tokenEndpoint,
  };
  const client = createAuthClient({ server, clientId: "app", scope: "api" }, ports);
  onTestFinished(() => client.close());
  await client.ready();
  const error: unknown = await client.signIn().catch((reason: unknown) => reason);
  expect(error).toMatchObject({ code: "temporarily_unavailable", detail: expect.stringMatching(/^HPE_/) });
  expect(inspect(error, { depth: 10, showHidden: true })).not.toContain(TOKEN);
});

async function answering(bytes: string): Promise<string> {
  const server = createServer((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(bytes));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `http://127.0.0.1:${(server.address() as { port: number }).port}/token`;
}
