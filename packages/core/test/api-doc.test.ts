// The docs are whole: each option, each error code, each call of the client has its row, and a call's docstring names what it
// rejects with.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { OPTION_NAMES } from "../src/config/auth-config.js";
import type { AuthClient, AuthErrorCode, AuthErrorDetails, Notice } from "../src/index.js";
import { FAULTS, type Fault } from "../src/testing/index.js";

const read = (name: string): string => readFileSync(new URL(`../../../${name}`, import.meta.url), "utf8");

/** The names in the first cells of a page's tables. */
function rowsOf(page: string): ReadonlySet<string> {
  const cells = read(page)
    .split("\n")
    .flatMap((line) => /^\| ([^|]+)\|/.exec(line)?.[1] ?? []);
  return new Set(cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name!)));
}

// The compiler keeps these whole.
const CODES: Readonly<Record<AuthErrorCode, true>> = {
  invalid_config: true,
  unsupported_by_server: true,
  insecure_endpoint: true,
  discovery_failed: true,
  port_unavailable: true,
  browser_failed: true,
  cancelled: true,
  timed_out: true,
  access_denied: true,
  authorization_failed: true,
  invalid_response: true,
  id_token_invalid: true,
  store_unavailable: true,
  record_corrupt: true,
  lock_timeout: true,
  lock_unavailable: true,
  temporarily_unavailable: true,
  sign_in_required: true,
  session_ended: true,
  answer_lost: true,
  signed_out: true,
  signed_out_elsewhere: true,
  account_changed: true,
  step_up_required: true,
  interaction_in_progress: true,
  origin_not_allowed: true,
  closed: true,
};

const DETAILS: { readonly [Code in keyof AuthErrorDetails]: Readonly<Record<AuthErrorDetails[Code], true>> } =
  {
    timed_out: { browser_failed: true, expired_token: true },
    record_corrupt: {
      "newer version": true,
      damaged: true,
      "not JSON": true,
      "not an object": true,
      v: true,
      sessionId: true,
      generation: true,
      issuer: true,
      clientId: true,
      subject: true,
      refreshToken: true,
      idToken: true,
      scope: true,
      savedAt: true,
      dpopKey: true,
      accessToken: true,
      idTokenIssuer: true,
      answersInDoubt: true,
      machine: true,
      clientSecret: true,
      clientSecretExpiresAt: true,
      refused: true,
      tokens: true,
      response: true,
      endpoints: true,
    },
    unsupported_by_server: {
      authorization_endpoint: true,
      token_endpoint: true,
      userinfo_endpoint: true,
      jwks_uri: true,
      registration_endpoint: true,
      device_authorization_endpoint: true,
      pushed_authorization_request_endpoint: true,
      response_types_supported: true,
      code_challenge_methods_supported: true,
      id_token_signing_alg_values_supported: true,
      dpop_signing_alg_values_supported: true,
      token_endpoint_auth_method: true,
      grant_types: true,
      response_types: true,
      redirect_uris: true,
      refresh_token: true,
    },
  };

const NOTICES: Readonly<Record<Notice["code"], true>> = {
  stray_request: true,
  browser_failed: true,
  device_failed: true,
  not_renewable: true,
  refresh_failed: true,
  note_failed: true,
  adopted: true,
  record_corrupt: true,
  clock_skew: true,
  visit_failed: true,
  visit_timed_out: true,
};

const CALLS: Readonly<Record<Extract<keyof AuthClient, string>, true>> = {
  ready: true,
  signIn: true,
  fetch: true,
  authorize: true,
  refused: true,
  getAccessToken: true,
  userInfo: true,
  signOut: true,
  cancel: true,
  useDeviceCode: true,
  submitRedirect: true,
  getState: true,
  subscribe: true,
  wake: true,
  history: true,
  close: true,
};

describe("the docs have a row for", () => {
  it.each([
    ["each error code", "docs/api.md", CODES],
    ["each notice", "docs/api.md", NOTICES],
    ["each call of the client", "docs/api.md", CALLS],
    ["each option of the configuration", "docs/configuration.md", OPTION_NAMES],
  ])("%s", (_, page, names) => {
    const rows = rowsOf(page);
    expect(Object.keys(names).filter((name) => !rows.has(name))).toEqual([]);
  });
});

describe("the docs name each detail of", () => {
  it.each(Object.entries(DETAILS))("%s", (code, details) => {
    const rows = read("docs/api.md")
      .split("\n")
      .filter((line) => line.startsWith(`| \`${code}\` `));
    expect(
      Object.keys(details).filter((detail) => !rows.some((row) => row.includes(`\`${detail}\``))),
    ).toEqual([]);
  });
});

describe("a docstring names each code that a fault of the server ends the call with:", () => {
  const source = read("packages/core/src/client/auth-client.ts");
  const docstringOf = (call: string): string =>
    new RegExp(String.raw`/\*\*((?:(?!\*/)[\s\S])*)\*/\s*${call}\(`).exec(source)?.[1] ?? "";
  const other: readonly Fault["area"][] = ["refresh", "userinfo", "revocation", "logout"];

  it.each<[string, (fault: Fault) => boolean]>([
    ["signIn", ({ area }) => !other.includes(area)],
    ["userInfo", ({ area }) => area === "userinfo"],
  ])("%s", (call, isMet) => {
    const ends = new Set(
      Object.values<Fault>(FAULTS)
        .filter(isMet)
        .map((fault) => fault.ends)
        .filter((end) => end in CODES),
    );
    expect(ends.size).toBeGreaterThan(3);
    expect([...ends].filter((code) => !docstringOf(call).includes(`\`${code}\``))).toEqual([]);
  });
});
