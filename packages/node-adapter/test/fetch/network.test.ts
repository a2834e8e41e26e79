// The option `network`: whom it trusts beside Node's own, and what it refuses to be.
import { readFileSync } from "node:fs";
import { asResponse } from "@loopkey/core/testing";
import { afterEach, expect, onTestFinished, test, vi } from "vitest";
import { createNetworkFetch } from "../../src/fetch/network.js";
import { createServeOrigin } from "../../src/testing/index.js";

const pem = readFileSync(new URL("../fixtures/tls-localhost.pem", import.meta.url), "utf8");

afterEach(() => {
  vi.unstubAllGlobals();
  vi.unstubAllEnvs();
});

async function start() {
  const served = await createServeOrigin({ tls: { key: pem, cert: pem } })(() => ({ body: "answer" }));
  onTestFinished(served.close);
  return served;
}

test("a server of a given authority is trusted by every way to ask, and nobody else's fetch trusts it", async () => {
  const { origin } = await start();
  const fetch = createNetworkFetch({ certificates: pem });
  expect(await (await fetch(origin)).text()).toBe("answer");
  expect(await asResponse(await fetch.bare!(origin, {})).text()).toBe("answer");
  const onConnected = vi.fn<() => void>();
  const answer = await fetch.onOwnConnection!(origin, { method: "POST", body: "form", onConnected });
  expect(await asResponse(answer).text()).toBe("answer");
  expect(onConnected).toHaveBeenCalledOnce();
  await expect(createNetworkFetch({})(origin)).rejects.toMatchObject({
    cause: { code: "DEPTH_ZERO_SELF_SIGNED_CERT" },
  });
});

test("connections are kept, also where the certificate was not Node's to trust", async () => {
  const { origin, connections } = await start();
  const fetch = createNetworkFetch({ certificates: [pem] });
  await (await fetch(origin)).text();
  await (await fetch(origin)).text();
  expect(connections()).toBe(1);
});

test("an answer has its address, and a body that is left closes its connection", async () => {
  const { origin, closed } = await start();
  const answer = await createNetworkFetch({ certificates: pem })(`${origin}/there`);
  expect([answer.url, answer.redirected, answer.status]).toEqual([`${origin}/there`, false, 200]);
  await answer.body!.cancel();
  await closed();
});

test("whoever replaces fetch is heard", async () => {
  const replacement = vi.fn<() => Promise<Response>>(async () => new Response("theirs"));
  vi.stubGlobal("fetch", replacement);
  const fetch = createNetworkFetch({});
  expect(await (await fetch("https://id.example/")).text()).toBe("theirs");
  expect([fetch.bare, fetch.onOwnConnection]).toEqual([undefined, undefined]);
});

test("this machine's own servers are never asked through a proxy", async () => {
  vi.stubEnv("ALL_PROXY", "http://127.0.0.1:1");
  const { origin } = await start();
  expect(await (await createNetworkFetch({ certificates: pem })(origin)).text()).toBe("answer");
});

test.each([
  [{ proxys: "none" }, /no option "proxys". It takes proxy, certificates/],
  [{ proxy: "proxy.example:3128" }, /network.proxy is none of/],
  [{ certificates: "/etc/ssl/company.pem" }, /Pass what the file has in it, not its name/],
  [null, /network is not an object/],
])("what it cannot be used with is told early: %j", (options, message) => {
  expect(() => createNetworkFetch(options as never)).toThrow(message);
});
