import type { AuthState, Session } from "@loopkey/core";
import { describe, expect, test } from "vitest";
import { stateFor, type Allowed, type View } from "../../src/main/inside/window-state.js";

const view = (allow: readonly Allowed[] = [], claims: readonly string[] = ["sub", "name"]): View => ({
  claims,
  allow: new Set(allow),
});

const session: Session = {
  subject: "ada",
  claims: { sub: "ada", name: "Ada", email: "ada@example.com" },
  scope: ["openid"],
  accessTokenExpiresAt: 1,
};
const reason = { code: "timed_out", message: "Too late.", at: 1 } as const;
const common = {
  store: { kind: "keyring", persistent: true },
  can: ["signIn", "submitRedirect", "useDeviceCode", "cancel", "signOut"],
} as const;
const waiting: AuthState = {
  ...common,
  status: "awaiting-callback",
  step: "device",
  deadline: 1,
  url: "https://id.example/authorize?state=s",
  browser: "opened",
  device: { userCode: "ABCD", verificationUri: "https://id.example/device", expiresAt: 1 },
  base: session,
};

describe("a window sees", () => {
  const states: readonly AuthState[] = [
    { ...common, status: "restoring" },
    { ...common, status: "idle", reason },
    waiting,
    { ...common, status: "exchanging", base: session },
    { ...common, status: "authenticated", session, degraded: { ...reason, nextRetryAt: 2 } },
    { ...common, status: "refreshing", session },
    { ...common, status: "logging-out", url: "http://127.0.0.1:1/once" },
    { ...common, status: "logged-out", reason },
  ];

  test.each(states)("$status, and of it no member that is not looked at", (state) => {
    // What the core may come to tell one day.
    const more: AuthState = JSON.parse(JSON.stringify(state), (_, value: unknown) =>
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? { ...value, response: "secret" }
        : value,
    );
    const seen = stateFor(more, view(["url", "useDeviceCode"]));
    expect(JSON.stringify(seen)).not.toContain("secret");
    expect(seen.status).toBe(state.status);
    expect(seen.can).toEqual(["signIn", "useDeviceCode", "cancel", "signOut"]);
  });

  test("the claims that are named, the subject with sub, and neither otherwise", () => {
    const state: AuthState = { ...common, status: "authenticated", session };
    expect(stateFor(state, view())).toMatchObject({
      session: { subject: "ada", claims: { sub: "ada", name: "Ada" } },
    });
    const { subject: _, ...without } = session;
    expect(stateFor(state, view([], ["email", "toString"]))).toMatchObject({
      session: { ...without, claims: { email: "ada@example.com" } },
    });
    expect(stateFor(state, view([], []))).not.toHaveProperty("session.subject");
    expect(stateFor(waiting, view([], ["name"]))).toMatchObject({ base: { claims: { name: "Ada" } } });
  });

  test("the address and the code of a sign-in only where they are allowed, each by itself", () => {
    const plain = stateFor(waiting, view());
    expect(plain).not.toHaveProperty("url");
    expect(plain).not.toHaveProperty("device");
    expect(stateFor(waiting, view(["url"]))).toMatchObject({ url: "https://id.example/authorize?state=s" });
    expect(stateFor(waiting, view(["url"]))).not.toHaveProperty("device");
    const code = stateFor(waiting, view(["useDeviceCode"]));
    expect(code).toMatchObject({
      device: { userCode: "ABCD" },
      can: ["signIn", "useDeviceCode", "cancel", "signOut"],
    });
    expect(code).not.toHaveProperty("url");
  });

  test("the address of a sign-out never", () => {
    const state: AuthState = { ...common, status: "logging-out", url: "http://127.0.0.1:1/once" };
    expect(stateFor(state, view(["url", "submitRedirect", "useDeviceCode"]))).not.toHaveProperty("url");
  });
});
