import type { WireAnswer } from "@loopkey/core/testing";
import { describe, expect, it, onTestFinished } from "vitest";
import { createServeOrigin } from "../../src/testing/index.js";

async function serve(answer: WireAnswer) {
  const origin = await createServeOrigin()(() => answer);
  onTestFinished(() => origin.close());
  return origin;
}

describe("the server of the fetch contract", () => {
  it("tells what arrived, to the letter, and on which connection", async () => {
    const { origin, requests, connections } = await serve({ status: 201, body: "made" });
    const response = await fetch(`${origin}/a?b=c`, {
      method: "PUT",
      body: "text",
      headers: { "X-Own": "1" },
    });
    expect([response.status, await response.text()]).toEqual([201, "made"]);
    expect(requests).toMatchObject([
      { method: "PUT", path: "/a?b=c", body: "text", connection: 1, headers: { "x-own": "1" } },
    ]);
    expect(connections()).toBe(1);
  });

  it("counts the bytes of bodies that went out", async () => {
    const { origin, sentBytes } = await serve({ body: "seven b" });
    await (await fetch(origin)).text();
    expect(sentBytes()).toBe(7);
  });

  it.each(["reset", "reset_in_head"] as const)("gives no answer: %s", async (ends) => {
    const { origin, closed } = await serve({ ends });
    await expect(fetch(origin)).rejects.toThrow("fetch failed");
    await closed();
  });

  it.each(["reset_in_body", "closed_in_body"] as const)("gives half of a body: %s", async (ends) => {
    const { origin, sentBytes } = await serve({ ends, body: "0123456789" });
    const response = await fetch(origin);
    await expect(response.text()).rejects.toThrow("terminated");
    expect(sentBytes()).toBe(5);
  });

  it("speaks another protocol where it is told to", async () => {
    const { origin } = await serve({ ends: "not_http" });
    await expect(fetch(origin)).rejects.toMatchObject({ cause: { name: "HTTPParserError" } });
  });

  it("sends without an end until nobody takes it, and sees that connection close", async () => {
    const { origin, closed } = await serve({ ends: "endless", body: "again and again ".repeat(4_096) });
    const leaving = new AbortController();
    const response = await fetch(origin, { signal: leaving.signal });
    expect(response.status).toBe(200);
    leaving.abort();
    await closed();
  });
});
