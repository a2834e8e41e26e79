// What the contract cannot ask of every fetch: brotli over http, the sign that nothing was sent, the price of loading.
import { spawnSync } from "node:child_process";
import { createServer as createTcpServer } from "node:net";
import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { brotliCompressSync, deflateSync } from "node:zlib";
import { asResponse } from "@loopkey/core/testing";
import { expect, onTestFinished, test } from "vitest";
import { fetchOnOwnConnection, fetchOverHttp } from "../../src/fetch/transport.js";
import { createServeOrigin } from "../../src/testing/index.js";
import { fileURLToPath } from "node:url";

async function start(...args: Parameters<ReturnType<typeof createServeOrigin>>) {
  const served = await createServeOrigin()(...args);
  onTestFinished(served.close);
  return served;
}

test("brotli is asked for and taken off, also below another coding", async () => {
  const text = "The same words again. ".repeat(500);
  const bodies: Record<string, Buffer> = {
    br: brotliCompressSync(text),
    "br, deflate": deflateSync(brotliCompressSync(text)),
  };
  const { origin, requests } = await start(({ path }) => {
    const coding = decodeURIComponent(path.slice(1));
    return { headers: [["content-encoding", coding]], body: bodies[coding]! };
  });
  for (const coding of Object.keys(bodies))
    expect(await asResponse(await fetchOverHttp(`${origin}/${encodeURIComponent(coding)}`)).text()).toBe(
      text,
    );
  expect(requests[0]!.headers["accept-encoding"]).toBe("gzip, deflate, br");
});

test("an answer with a status that fetch does not know is an error, and its connection is closed", async () => {
  const { origin, closed } = await start(() => ({ status: 999 }));
  await expect(fetchOverHttp(origin)).rejects.toThrow("fetch failed");
  await closed();
});

test("an answer that stops being HTTP half-way says so, and not only that it was broken off", async () => {
  const server = createTcpServer((socket) => {
    socket.on("error", () => {});
    socket.end("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nhello\r\nno length\r\n");
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const answer = await fetchOverHttp(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  await expect(asResponse(answer).text()).rejects.toMatchObject({
    cause: { code: expect.stringMatching(/^HPE_/) },
  });
});

test("a server that takes the connection and never speaks TLS keeps the request unsent", async () => {
  const server = createTcpServer((socket) => void socket.on("error", () => {}));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  onTestFinished(() => void server.close());
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  let calls = 0;
  const asked = fetchOnOwnConnection(url, {
    signal: AbortSignal.timeout(100),
    onConnected: () => void calls++,
  });
  await expect(asked).rejects.toMatchObject({ name: "TimeoutError" });
  expect(calls).toBe(0);
});

test("loading it and making the ports loads neither undici nor node:http", () => {
  const source = fileURLToPath(new URL("../../build/fetch/port.js", import.meta.url));
  const script = `
    const before = process.moduleLoadList.length;
    const { systemFetch } = await import(${JSON.stringify(source)});
    const isThere = systemFetch.onOwnConnection !== undefined;
    const loaded = process.moduleLoadList.slice(before).filter((name) => /undici|_http_client|NativeModule https/.test(name));
    console.log(JSON.stringify({ isThere, loaded }));`;
  const { stdout } = spawnSync(process.execPath, ["--input-type=module", "-e", script], { encoding: "utf8" });
  expect(JSON.parse(stdout)).toEqual({ isThere: true, loaded: [] });
});
