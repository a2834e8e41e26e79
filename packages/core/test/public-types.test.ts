// What TypeScript tells an app: compiled with the other tests, so that a type that gives way fails the build.
import { describe, expect, expectTypeOf, it } from "vitest";
import { fetch as undiciFetch, getGlobalDispatcher } from "undici";
import * as core from "../src/index.js";
import {
  AuthError,
  createAuthClient,
  type AuthClient,
  type AuthConfig,
  type AuthErrorCode,
  type AuthPorts,
  type AuthState,
  type Reason,
  type RecordFault,
  type ServerLack,
  type SignOutResult,
} from "../src/index.js";

describe("the port for fetch", () => {
  it("takes the runtime's function and that of undici, and one around either", () => {
    type Port = NonNullable<AuthPorts["fetch"]>;
    expectTypeOf(globalThis.fetch).toExtend<Port>();
    const given: Port = undiciFetch;
    expect(given).toBe(undiciFetch);
    // What people write for a proxy or a log: `init` goes on as it came.
    const around: readonly Port[] = [
      (url, init) => globalThis.fetch(url, init),
      (url, init) => undiciFetch(url, { ...init, dispatcher: getGlobalDispatcher() }),
    ];
    expect(around).toHaveLength(2);
    expectTypeOf<(url: string) => Promise<string>>().not.toExtend<Port>();
    expectTypeOf<(url: URL) => Promise<Response>>().not.toExtend<Port>();
  });
});

describe("the types that an app sees", () => {
  it("offer the same functions as ever, by these names", () => {
    expect(Object.keys(core).toSorted()).toEqual([
      "AuthError",
      "Secret",
      "createAuthClient",
      "createMemoryStore",
      "parseLoopbackUri",
      "preflight",
      "registerClient",
    ]);
    expectTypeOf(createAuthClient).toEqualTypeOf<(config: AuthConfig, ports: AuthPorts) => AuthClient>();
    expectTypeOf<keyof AuthClient>().toEqualTypeOf<
      | "getState"
      | "subscribe"
      | "ready"
      | "signIn"
      | "submitRedirect"
      | "useDeviceCode"
      | "cancel"
      | "getAccessToken"
      | "fetch"
      | "authorize"
      | "refused"
      | "userInfo"
      | "history"
      | "wake"
      | "signOut"
      | "close"
      | typeof Symbol.asyncDispose
    >();
    expectTypeOf<AuthClient["signOut"]>().returns.resolves.toEqualTypeOf<SignOutResult>();
  });

  it("narrow the state by its status", () => {
    const show = (state: AuthState): string => {
      switch (state.status) {
        case "authenticated":
        case "refreshing":
          return state.session.subject ?? "";
        case "awaiting-callback":
          return state.url ?? "";
        case "logged-out":
          return state.reason.message;
        case "restoring":
        case "idle":
        case "exchanging":
        case "logging-out":
          expectTypeOf(state.status).toEqualTypeOf<"restoring" | "idle" | "exchanging" | "logging-out">();
          return state.status;
        default:
          return state satisfies never;
      }
    };
    expect(show({ status: "idle", can: [], store: { kind: "memory", persistent: false } })).toBe("idle");
  });

  it("narrow an error's detail by its code, so that a switch over it is checked", () => {
    const error: unknown = new AuthError("record_corrupt", "m", { detail: "damaged" });
    expect(error).toBeInstanceOf(AuthError);
    if (!(error instanceof AuthError)) return;
    expectTypeOf(error.code).toEqualTypeOf<AuthErrorCode>();
    if (error.code === "record_corrupt") expectTypeOf(error.detail).toEqualTypeOf<RecordFault | undefined>();
    if (error.code === "unsupported_by_server")
      expectTypeOf(error.detail).toEqualTypeOf<ServerLack | undefined>();
    if (error.code === "timed_out")
      expectTypeOf(error.detail).toEqualTypeOf<"browser_failed" | "expired_token" | undefined>();
    if (error.code === "store_unavailable") expectTypeOf(error.detail).toEqualTypeOf<string | undefined>();
    // @ts-expect-error: no record is wrong in this.
    expect(new AuthError("record_corrupt", "m", { detail: "daamaged" }).detail).toBe("daamaged");
  });

  it("narrow a reason in the same way", () => {
    const why = (reason: Reason): string =>
      reason.code === "timed_out" && reason.detail === "browser_failed" ? "open it yourself" : reason.message;
    expect(why({ code: "timed_out", message: "m", detail: "browser_failed", at: 0 })).toBe(
      "open it yourself",
    );
    // @ts-expect-error: nothing times out for this.
    expect(why({ code: "timed_out", message: "m", detail: "damaged", at: 0 })).toBe("m");
  });
});
