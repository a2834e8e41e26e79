// What the API sends is long, and the caller reads it slowly: it is cut off only when it does not read at all.
import { describe, expect, it } from "vitest";
import { createRoom } from "../../src/serve/inside/room.js";
import { signedIn } from "./support.js";

const MIB = 1_048_576;

async function withBodies(...[body]: readonly Uint8Array<ArrayBuffer>[]) {
  const sidecar = await signedIn();
  sidecar.server.intercept = ({ path }) =>
    path === "/userinfo" ? Promise.resolve(new Response(body)) : undefined;
  return { ...sidecar, url: `${sidecar.server.issuer}/userinfo` };
}

it("twelve answers of 16 MiB at a time are all read", async () => {
  const { ask, url } = await withBodies(new Uint8Array(16 * MIB).fill(255));
  const asked = Array.from({ length: 12 }, async (_, id) => {
    const { result } = await ask("fetch", { url }, id);
    return (result as { readonly body: string }).body.length;
  });
  expect(new Set(await Promise.all(asked))).toEqual(new Set([Math.ceil((16 * MIB) / 3) * 4]));
});

it("text that would be longer than a line may be in JSON comes as base64", async () => {
  const { ask, url, longestLine } = await withBodies(new Uint8Array(16 * MIB));
  expect(await ask("fetch", { url })).toMatchObject({ result: { bodyEncoding: "base64" } });
  expect(longestLine()).toBeLessThan(32 * MIB);
});

it("text that is no longer than that comes as text, control characters and all", async () => {
  const { ask, url } = await withBodies(new Uint8Array(MIB));
  expect(await ask("fetch", { url })).toMatchObject({ result: { bodyEncoding: "utf8" } });
});

describe("the room for bodies", () => {
  const call = (): AbortController => new AbortController();
  /** Whether it has been taken, a turn later. */
  async function isTaken(taking: Promise<void>): Promise<boolean> {
    return Promise.race([taking.then(() => true), new Promise<boolean>((go) => setImmediate(go, false))]);
  }

  it("has none for a second one when it is full, until the first has been read", async () => {
    const room = createRoom(10);
    const [one, other] = [call().signal, call().signal];
    await room.take(one, 8);
    const waits = room.take(other, 8);
    expect(await isTaken(waits)).toBe(false);
    room.free(one);
    await waits;
  });

  it("always has some for the oldest, so that one is finished", async () => {
    const room = createRoom(10);
    const [one, other] = [call().signal, call().signal];
    await room.take(one, 5);
    await room.take(other, 5);
    await room.take(one, 100);
    const waits = room.take(other, 1);
    expect(await isTaken(waits)).toBe(false);
    room.free(one);
    await waits;
  });

  it("is waited for by nobody who has been cancelled", async () => {
    const room = createRoom(10);
    const [one, other] = [call(), call()];
    await room.take(one.signal, 11);
    const waits = room.take(other.signal, 1);
    other.abort(new Error("not wanted any more"));
    await expect(waits).rejects.toThrow("not wanted any more");
  });
});
