// A client in any named state, and what it does from there.
import { describe, expect, it } from "vitest";
import type { AuthState } from "../../src/index.js";
import { reached, startIn, type StartOverrides } from "../../src/testing/index.js";
import { explore } from "../../src/testing/model/explore.js";
import { fullName } from "../../src/testing/model/public-state.js";

type Status = AuthState["status"];
const isIn = (status: Status) => (state: AuthState) => state.status === status;

const ALL: { readonly [Name in Status]: readonly StartOverrides[Name][] } = {
  restoring: [{}],
  idle: [
    {},
    ...(
      [
        "cancelled",
        "access_denied",
        "timed_out",
        "discovery_failed",
        "port_unavailable",
        "authorization_failed",
        "temporarily_unavailable",
        "lock_timeout",
        "sign_in_required",
        "record_corrupt",
        "store_unavailable",
      ] as const
    ).map((reason) => ({ reason })),
  ],
  "awaiting-callback": [false, true].flatMap((base) => [
    { base, step: "preparing" as const },
    ...(["waiting", "device"] as const).flatMap((step) =>
      (["opened", "failed", undefined] as const).map((browser) => ({ base, step, browser })),
    ),
  ]),
  exchanging: [{}, { base: true }, { isSaving: true }, { base: true, isSaving: true }],
  authenticated: [
    {},
    ...(["temporarily_unavailable", "lock_timeout", "sign_in_required"] as const).map((degraded) => ({
      degraded,
    })),
  ],
  refreshing: [
    {},
    ...(["temporarily_unavailable", "store_unavailable", "lock_timeout", "sign_in_required"] as const).map(
      (degraded) => ({ degraded }),
    ),
  ],
  "logging-out": [{}, { isVisiting: true }],
  "logged-out": (
    ["signed_out", "session_ended", "answer_lost", "signed_out_elsewhere", "account_changed"] as const
  ).map((reason) => ({ reason })),
};
const EACH = Object.entries(ALL).flatMap(([name, overrides]) =>
  overrides.map((each): [string, string, Status, object] => [
    name,
    JSON.stringify(each),
    name as Status,
    each,
  ]),
);

it.each(EACH)("starts in %s %s", async (_, __, name, overrides) => {
  const { client, state } = await startIn(name, overrides);
  expect(client.getState()).toBe(state);
  expect(state).toMatchObject({ status: name });
  for (const [fact, value] of Object.entries(overrides)) {
    if (fact === "base") expect("base" in state && state.base !== undefined).toBe(value);
    if (fact === "step" || fact === "browser") expect(state[fact as never]).toBe(value);
    if (fact === "reason" || fact === "degraded") expect(state).toHaveProperty(`${fact}.code`, value);
  }
});

it("every public state that the machine can be in is one to start in", { timeout: 240_000 }, async () => {
  const { fullStates } = await explore({
    commands: ["signIn", "submitRedirect", "useDeviceCode", "cancel", "signOut"],
  });
  const started = new Set<string>();
  for (const [, , name, overrides] of EACH)
    // oxlint-disable-next-line no-await-in-loop
    started.add(fullName((await startIn(name, overrides)).state));
  expect([...fullStates.keys()].filter((name) => !started.has(name))).toEqual([]);
  expect(started.size).toBe(fullStates.size);
});

describe("from there it behaves as any client:", () => {
  it("a code that is being redeemed becomes a session", async () => {
    const { client, goOn, server } = await startIn("exchanging", { base: true });
    goOn();
    await reached(client, isIn("authenticated"));
    expect(await client.getAccessToken()).toBe(
      server.secrets.findLast((secret) => secret.startsWith("access")),
    );
    expect(server.violations).toEqual([]);
  });

  it("a person who waits for a browser that never opened enters the code", async () => {
    const { client, state, server, clock } = await startIn("awaiting-callback", {
      step: "device",
      browser: "failed",
    });
    server.approveDevice(state.device!.userCode);
    await clock.advance(5_000);
    await reached(client, isIn("authenticated"));
  });

  it("a session that could not be renewed is renewed later, and nobody was signed out", async () => {
    const { client, state, clock } = await startIn("authenticated", { degraded: "temporarily_unavailable" });
    await clock.advance(state.degraded!.nextRetryAt! - clock.now());
    await reached(client, (next) => next.status === "authenticated" && !("degraded" in next));
  });

  it("whoever was signed out signs in again", async () => {
    const { client, ports } = await startIn("logged-out", { reason: "session_ended" });
    expect((await client.signIn()).subject).toBe("ada");
    expect(ports.opened).toHaveLength(1);
  });

  it("the person denies, where the test says so", async () => {
    const { client } = await startIn(
      "idle",
      {},
      {
        person: (url, { listener, server }) => void listener.visit(server.authorize(url, "deny")),
      },
    );
    await expect(client.signIn()).rejects.toMatchObject({ code: "access_denied" });
  });

  it("what is stored is found when the store answers", async () => {
    const { client, goOn } = await startIn("restoring");
    goOn();
    expect(await client.ready()).toMatchObject({ status: "idle" });
  });
});
