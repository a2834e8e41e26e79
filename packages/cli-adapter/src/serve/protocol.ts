// The messages of `loopkey serve`: what a caller may send, checked as it comes, and what it is told. docs/sidecar-protocol.md
import type { AuthClient, AuthConfig, AuthState, Claims, Session, SignOutResult } from "@loopkey/core";
import * as v from "valibot";

/** Grows when a message goes or means something else, not when one is added. */
export const PROTOCOL_VERSION = 1;

/** In bytes, of either side. */
export const LONGEST_LINE: number = 32 * 1_048_576;

const text = v.pipe(v.string(), v.maxLength(16_384));
const milliseconds = v.pipe(v.number(), v.finite(), v.minValue(0));
const seconds = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const strings = mapOf(text);

/** By which an answer finds its request. */
export const id = v.union([v.pipe(v.string(), v.maxLength(256)), v.pipe(v.number(), v.safeInteger())]);
export type Id = v.InferOutput<typeof id>;

export const envelope = v.looseObject({
  jsonrpc: v.literal("2.0"),
  id: v.exactOptional(id),
  method: v.pipe(v.string(), v.maxLength(256)),
  params: v.exactOptional(mapOf(v.unknown())),
  // Of answers, and nothing is asked of a caller.
  result: v.exactOptional(v.never()),
  error: v.exactOptional(v.never()),
});

const none = v.strictObject({});

/** The options of the configuration are the core's to judge. */
const initialize = v.strictObject({
  protocolVersion: v.literal(PROTOCOL_VERSION),
  appName: v.pipe(text, v.nonEmpty()),
  profile: v.exactOptional(text),
  store: v.exactOptional(v.picklist(["auto", "keyring", "encrypted-file", "memory"])),
  config: mapOf(v.nonNullable(v.unknown())),
});
export type App = v.InferOutput<typeof initialize>;

/** `SignInOptions` of the core, but for the signal: `$/cancelRequest` stands for it. */
const signIn = v.strictObject({
  openBrowser: v.exactOptional(v.boolean()),
  timeoutMs: v.exactOptional(milliseconds),
  scope: v.exactOptional(text),
  prompt: v.exactOptional(text),
  loginHint: v.exactOptional(text),
  flow: v.exactOptional(v.picklist(["auto", "loopback", "device"])),
  maxAge: v.exactOptional(seconds),
  acrValues: v.exactOptional(v.array(text)),
  authorizationParams: v.exactOptional(strings),
});

const getAccessToken = v.strictObject({
  minValidityMs: v.exactOptional(milliseconds),
  forceRefresh: v.exactOptional(v.boolean()),
  resource: v.exactOptional(text),
  scope: v.exactOptional(text),
});

const encoding = v.picklist(["utf8", "base64"]);

const fetch = v.strictObject({
  url: text,
  method: v.exactOptional(v.pipe(v.string(), v.regex(/^[A-Z]{1,20}$/))),
  headers: v.exactOptional(strings),
  body: v.exactOptional(v.string()),
  bodyEncoding: v.exactOptional(encoding),
  redirect: v.exactOptional(v.picklist(["follow", "error", "manual"])),
});
export type FetchParams = v.InferOutput<typeof fetch>;

const signOut = v.strictObject({
  browser: v.exactOptional(v.boolean()),
  timeoutMs: v.exactOptional(milliseconds),
});

/** What each method takes, by its name. */
export const PARAMS = {
  initialize,
  signIn,
  cancel: none,
  submitRedirect: v.strictObject({ url: text }),
  useDeviceCode: none,
  getState: none,
  getAccessToken,
  fetch,
  userInfo: none,
  signOut,
  "$/cancelRequest": v.strictObject({ id }),
} as const;
export type Method = keyof typeof PARAMS;
type Params<Name extends Method> = v.InferOutput<(typeof PARAMS)[Name]>;

/** What each method comes to. */
interface Results {
  readonly initialize: {
    readonly protocolVersion: typeof PROTOCOL_VERSION;
    readonly server: { readonly name: string; readonly version: string };
    readonly state: AuthState;
  };
  readonly signIn: Session;
  readonly cancel: null;
  readonly submitRedirect: null;
  readonly useDeviceCode: null;
  readonly getState: AuthState;
  readonly getAccessToken: { readonly accessToken: string; readonly expiresAt: number | null };
  readonly fetch: FetchResult;
  readonly userInfo: Claims;
  readonly signOut: SignOutResult;
  readonly "$/cancelRequest": null;
}

export interface FetchResult {
  readonly status: number;
  readonly statusText: string;
  readonly url: string;
  readonly redirected: boolean;
  /** Names in small letters, each as often as it came. */
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
  /** `base64`: the body is no UTF-8. */
  readonly bodyEncoding: v.InferOutput<typeof encoding>;
}

export type Methods = {
  readonly [Name in Method]: (params: Params<Name>, signal: AbortSignal) => Promise<Results[Name]>;
};

/** Not `v.record`: that takes arrays, and drops `constructor`, `prototype` and `__proto__`, which are names like others here. */
function mapOf<T>(each: v.GenericSchema<unknown, T>) {
  return v.pipe(
    v.custom<Record<string, T>>(
      (value) => typeof value === "object" && value !== null && !Array.isArray(value),
      "Object",
    ),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const input = dataset.value;
      for (const [key, value] of Object.entries(input)) {
        const [issue] = v.safeParse(each, value).issues ?? [];
        const expected = issue?.expected ?? "another value";
        const path = [{ type: "object", origin: "value", input, key, value }] as const;
        if (issue) addIssue({ expected, path: [...path] });
      }
    }),
  );
}

/** What the app says of itself, for `createAuthClient`, which checks it in full. */
export type MakeClient = (app: App, config: AuthConfig) => AuthClient;
