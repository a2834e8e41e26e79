import { expect, it } from "vitest";
import type { StrayRequest } from "../../src/index.js";
import { thinOut } from "../../src/actors/inside/stray-reports.js";
import { arrange, reached } from "../support/world.js";

it("the first ten of each reason are told one by one, then the 100th, the 1,000th and so on", () => {
  const told: StrayRequest[] = [];
  const report = thinOut((stray) => told.push(stray));
  for (let n = 1; n <= 200_000; n++) report({ reason: "wrong_path", detail: `no. ${n}` });
  report({ reason: "too_slow" });
  expect(told).toEqual([
    ...Array.from({ length: 10 }, (_, n) => ({ reason: "wrong_path", detail: `no. ${n + 1}` })),
    { reason: "wrong_path", detail: "100 so far" },
    { reason: "wrong_path", detail: "1000 so far" },
    { reason: "wrong_path", detail: "10000 so far" },
    { reason: "wrong_path", detail: "100000 so far" },
    { reason: "too_slow" },
  ]);
});

it("an app is not flooded with notices while strangers flood the listener, and the next wait counts anew", async () => {
  const { client, ports, server, notices } = await arrange({ person: () => {} });
  for (const expected of [11, 22]) {
    const signingIn = client.signIn();
    // oxlint-disable-next-line no-await-in-loop
    const { url } = (await reached(client, (state) => "url" in state && state.url !== undefined)) as {
      readonly url: string;
    };
    const favicon = new URL("/favicon.ico", new URL(url).searchParams.get("redirect_uri")!).href;
    // oxlint-disable-next-line no-await-in-loop
    for (let n = 0; n < 500; n++) expect(await ports.listener.visit(favicon)).toBe(404);
    expect(notices).toHaveLength(expected);
    expect(notices.at(-1)!.detail).toBe("wrong_path: 100 so far");
    void ports.listener.visit(server.authorize(url));
    // oxlint-disable-next-line no-await-in-loop
    await signingIn;
  }
});
