// Programs of several versions share a record: each reads what the others wrote, and hands on what it does not know.
import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import type { AuthConfig } from "../../src/config/auth-config.js";
import { resolveConfig } from "../../src/config/config.js";
import { AuthError } from "../../src/ground/errors.js";
import { createSteadyClock } from "../../src/ports/steady-clock.js";
import { OWN } from "../../src/session/record-format.js";
import { decodeRecord, encodeRecord, isOfClient } from "../../src/session/stored-record.js";
import { createFakeClock } from "../../src/testing/index.js";
import { alterRefresh, answerRefresh } from "../support/refreshing.js";
import {
  arrange,
  createTestStore,
  defer,
  errorOf,
  HOUR,
  MINUTE,
  quiet,
  restarted,
  SECOND,
  signedIn,
} from "../support/world.js";

type Json = Readonly<Record<string, unknown>>;

const FOLDER = new URL("fixtures/", import.meta.url);
const FIXTURES = readdirSync(FOLDER).map(
  (name) => [name, JSON.parse(readFileSync(new URL(name, FOLDER), "utf8")) as Json] as const,
);
const SAVED_AT = 1_764_440_000_000;
const LATER = FIXTURES.find(([name]) => name === "later.json")![1];

function setting(more: Partial<AuthConfig> = {}, now = SAVED_AT) {
  const config = resolveConfig({
    issuer: "https://id.example",
    clientId: "app",
    keepAccessToken: "store",
    ...more,
  });
  const clock = createSteadyClock(createFakeClock(now));
  const place = { clock, machine: "machine-1", random: () => 0 };
  return {
    decode: (record: Json) => decodeRecord(JSON.stringify(record), config, place),
    encode: (session: NonNullable<ReturnType<typeof decodeRecord>>): Json =>
      JSON.parse(encodeRecord(session, config, place)) as Json,
  };
}

describe.each(FIXTURES)("the record %s", (_, record) => {
  it("is read, and saved with every member it had", () => {
    const { decode, encode } = setting();
    const session = decode(record)!;
    expect(session).toMatchObject({ id: record["sessionId"], generation: record["generation"] });
    expect(session.tokens.refreshToken?.reveal()).toBe(record["refreshToken"]);
    expect(encode(session)).toMatchObject(record);
  });

  it("does not rise in its version: an older program reads what is saved here", () => {
    const { decode, encode } = setting();
    expect(encode(decode(record)!)).toMatchObject({ v: 1 });
  });

  it("keeps every member that is not the tokens' own when it is refreshed", async () => {
    const { accessToken: _, dpopKey: __, machine: ___, ...kept } = record;
    const store = createTestStore(JSON.stringify(kept));
    const world = await arrange({ store }, { refreshOnStart: false });
    answerRefresh(world, () =>
      Response.json({ access_token: "access-2", token_type: "bearer", refresh_token: "refresh-2" }),
    );
    await world.client.ready();
    await world.client.getAccessToken().catch(() => {});
    const ofTheTokens = ["generation", "refreshToken", "savedAt", "answersInDoubt"];
    const others = Object.fromEntries(Object.entries(kept).filter(([name]) => !ofTheTokens.includes(name)));
    const saved = JSON.parse(store.record!) as Json;
    expect(saved).toMatchObject(others);
    expect(saved["refreshToken"]).toBe("refresh-2");
    expect(saved["generation"]).toBe((record["generation"] as number) + 1);
  });
});

it("every member that is written today stands in a record that later versions read", () => {
  const dated = FIXTURES.filter(([name]) => /^\d/.test(name)).map(([, record]) => record);
  const known = new Set(dated.flatMap((record) => Object.keys(record)));
  expect([...Object.keys(OWN), "refused", "endpoints"].filter((name) => !known.has(name))).toEqual([]);
});

describe("what another version knows of a member", () => {
  it("of the kept access token stays with that token, and not with the next", () => {
    const { decode, encode } = setting();
    const session = decode(LATER)!;
    expect(encode(session)["accessToken"]).toMatchObject({ value: "access-1", scope: "notes" });
    const { accessToken: _, ...tokens } = session.tokens;
    const { accessToken } = decode({ ...LATER, accessToken: { value: "access-2" } })!.tokens;
    expect(encode({ ...session, tokens: { ...tokens, accessToken: accessToken! } })["accessToken"]).toEqual({
      value: "access-2",
      expiresAt: (LATER["accessToken"] as Json)["expiresAt"],
    });
  });

  it("is kept when that version adds it while we have the session in memory", async () => {
    const world = await signedIn();
    const { client, store } = world;
    await store.save(JSON.stringify({ ...(JSON.parse(store.record!) as Json), later: { deep: [1] } }));
    await client.getAccessToken({ forceRefresh: true });
    expect(JSON.parse(store.record!)).toMatchObject({ generation: 2, later: { deep: [1] } });
  });

  it("is kept when that version's refresh is adopted", async () => {
    const world = await signedIn();
    const { client, store } = world;
    const record = JSON.parse(store.record!) as Json;
    await store.save(JSON.stringify({ ...record, generation: 5, later: true }));
    await client.getAccessToken({ forceRefresh: true });
    expect(JSON.parse(store.record!)).toMatchObject({ generation: 6, later: true });
  });

  it("is kept by a refresh of which only the refresh token is taken", async () => {
    const world = await signedIn();
    const { client, store } = world;
    await store.save(JSON.stringify({ ...(JSON.parse(store.record!) as Json), later: true }));
    alterRefresh(world, (answer) => void (answer["token_type"] = "mac"));
    await client.getAccessToken({ forceRefresh: true }).catch(() => {});
    expect(JSON.parse(store.record!)).toMatchObject({ generation: 2, later: true });
  });

  it("belongs to its session: a sign-in begins anew", async () => {
    const { client, store } = await signedIn();
    await store.save(JSON.stringify({ ...(JSON.parse(store.record!) as Json), later: true }));
    await client.signIn();
    expect(JSON.parse(store.record!)).not.toHaveProperty("later");
  });

  it("shows in no snapshot and no log", () => {
    const session = setting().decode(LATER)!;
    for (const secret of ["secret-1", "other-1"]) expect(JSON.stringify(session)).not.toContain(secret);
  });
});

describe("a member of another form than it was laid down with", () => {
  it.each([
    ["idTokenIssuer", 1],
    ["answersInDoubt", "1"],
    ["machine", {}],
    ["clientSecret", 1],
    ["refused", { generation: "1", error: "x" }],
    ["refused", { generation: 1 }],
    ["tokens", {}],
    ["tokens", [{ expiresAt: 1 }]],
    ["endpoints", { hash: "x" }],
    ["endpoints", "https://id.example/token"],
  ])("%s: %j is a damaged record, named by its member", (name, value) => {
    let error: unknown;
    try {
      setting().decode({ ...LATER, [name]: value });
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(AuthError);
    expect(error).toMatchObject({ code: "record_corrupt", detail: name });
  });
});

describe("a kept access token", () => {
  const token = (now: number) => setting({}, now).decode(LATER)?.tokens.accessToken?.reveal();

  it("is given out while it can be true", () => {
    expect(token(SAVED_AT)).toBe("access-1");
    expect(token(SAVED_AT + 59 * MINUTE)).toBe("access-1");
  });

  it("is not when it was saved more than a minute from now", () => {
    const { accessToken: _, ...rest } = LATER;
    const endless = { ...rest, accessToken: { value: "access-1" } };
    const kept = (now: number) => setting({}, now).decode(endless)?.tokens.accessToken?.reveal();
    expect(kept(SAVED_AT - 61 * SECOND)).toBeUndefined();
    expect(kept(SAVED_AT - 59 * SECOND)).toBe("access-1");
  });

  it("is not when it would live longer than it was given", () => {
    expect(token(SAVED_AT - SECOND)).toBeUndefined();
    expect(token(SAVED_AT - 2 * HOUR)).toBeUndefined();
  });

  it("for another API alone is not either", () => {
    const { accessToken: _, ...rest } = LATER;
    const kept = { value: "access-2", resource: "https://api.example", expiresAt: SAVED_AT + HOUR };
    const values = (now: number) =>
      setting({}, now)
        .decode({ ...rest, tokens: [kept] })
        ?.apiTokens?.map(({ accessToken }) => accessToken.reveal());
    expect(values(SAVED_AT)).toEqual(["access-2"]);
    expect(values(SAVED_AT - SECOND)).toEqual([]);
  });
});

describe("a session that was copied from another machine", () => {
  const machine = (id: string | undefined) => () => id;
  async function copied() {
    const world = await signedIn({ machineId: machine("a") });
    return restarted(world, {}, { machineId: machine("b") });
  }

  it("is named, and its refresh token is not sent", async () => {
    const { client, server, store } = await copied();
    const before = server.requests.length;
    expect(await client.ready()).toMatchObject({
      status: "idle",
      reason: { code: "sign_in_required", detail: "another machine", message: /copied/ },
    });
    await expect(client.getAccessToken({ forceRefresh: true })).rejects.toMatchObject({
      code: "sign_in_required",
      detail: "another machine",
    });
    expect(server.requests.length).toBe(before);
    expect(JSON.parse(store.record!)).toMatchObject({ machine: "a" });
  });

  it("is named before its refresh token is sent, where it takes longer to know the machine than to start", async () => {
    for (const refreshOnStart of [true, false]) {
      const world = await signedIn({ machineId: machine("a") });
      const before = world.server.requests.length;
      const gate = defer<string>();
      const { client, server } = await restarted(
        world,
        { refreshOnStart },
        { machineId: () => gate.promise },
      );
      expect((await client.ready()).status).toBe(refreshOnStart ? "refreshing" : "authenticated");
      const asked = errorOf(client.getAccessToken());
      await quiet();
      gate.resolve("b");
      expect(await asked).toMatchObject({ code: "sign_in_required", detail: "another machine" });
      expect(client.getState()).toMatchObject({ status: "idle", reason: { detail: "another machine" } });
      expect(server.requests.length).toBe(before);
    }
  });

  it("is replaced by a sign-in, which is of this machine", async () => {
    const world = await copied();
    await world.client.signIn();
    expect(JSON.parse(world.store.record!)).toMatchObject({ machine: "b" });
    const { client } = await restarted(world, {}, { machineId: machine("b") });
    expect(await client.ready()).toMatchObject({ status: "refreshing" });
  });

  it("is not looked for where either side does not know its machine", async () => {
    for (const [signedInAt, startedAt] of [
      ["a", undefined],
      [undefined, "b"],
    ] as const) {
      const world = await signedIn({ machineId: machine(signedInAt) });
      const { client } = await restarted(world, {}, { machineId: machine(startedAt) });
      expect(await client.getAccessToken()).toMatch(/^access/);
    }
  });

  it("keeps its name through a process that does not know where it is", async () => {
    const world = await signedIn({ machineId: machine("a") });
    const { client, store } = await restarted(world, {}, { machineId: machine(undefined) });
    await client.getAccessToken({ forceRefresh: true });
    expect(JSON.parse(store.record!)).toMatchObject({ machine: "a" });
  });

  it("a machine that cannot say which it is, or never says it, keeps nobody from starting", async () => {
    const world = await signedIn({ machineId: machine("a") });
    const throws = () => {
      throw new Error("no");
    };
    const fails = await restarted(world, {}, { machineId: throws });
    expect(await fails.client.getAccessToken()).toMatch(/^access/);
    const rejects = await restarted(fails, {}, { machineId: () => Promise.reject(new Error("no")) });
    expect(await rejects.client.getAccessToken()).toMatch(/^access/);
    const hangs = await restarted(rejects, {}, { machineId: () => new Promise(() => {}) });
    const token = hangs.client.getAccessToken();
    await hangs.clock.advance(5 * SECOND);
    expect(await token).toMatch(/^access/);
  });
});

describe("which record under an earlier name may be moved", () => {
  const own = { issuer: "https://id.example", clientId: "app" };
  it.each<[string, string, boolean]>([
    ["of this client at this server", JSON.stringify({ ...LATER, ...own }), true],
    ["of another client", JSON.stringify({ ...LATER, ...own, clientId: "other" }), false],
    ["of another server", JSON.stringify({ ...LATER, ...own, issuer: "https://other.example" }), false],
    ["that is damaged", "{", false],
  ])("one %s", (_, text, isMoved) => {
    expect(isOfClient(text, resolveConfig(own))).toBe(isMoved);
  });
});

describe("what is of a session is read with it, and what is not is not there", () => {
  const RECORD = {
    v: 1,
    sessionId: "one",
    generation: 1,
    issuer: "https://id.example",
    clientId: "app",
    scope: ["openid"],
    savedAt: SAVED_AT,
  };

  it("members of the token answer, and what is in doubt", () => {
    const { decode } = setting();
    const some = { response: { team: "blue" }, subjectInDoubt: true, answersInDoubt: 2 };
    const { view, subjectInDoubt, answersInDoubt } = decode({ ...RECORD, ...some })!;
    expect({ response: view.response, subjectInDoubt, answersInDoubt }).toEqual(some);
    const plain = decode(RECORD)!;
    expect(plain.view).toEqual({ scope: ["openid"] });
    for (const name of ["subjectInDoubt", "answersInDoubt", "refused", "dpopKey", "clientSecret"])
      expect(plain).not.toHaveProperty(name);
  });

  it.each([
    ["https://id.example", "https://id.example"],
    ["https://id.example/", "https://id.example"],
    ["https://id.example/tenant", "https://id.example/tenant"],
  ])("the issuer %s is written as servers write it", (issuer, written) => {
    const { decode, encode } = setting({ issuer });
    const session = decode({ ...RECORD, issuer: written })!;
    expect(encode(session)["issuer"]).toBe(written);
  });
});
