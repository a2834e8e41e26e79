import { describe, expect, it } from "vitest";
import { explain } from "../../src/explain-entry.js";
import type { AuthErrorCode, AuthState, HistoryEntry, HistoryReason } from "../../src/index.js";

const OUT: AuthState = { status: "idle", store: { kind: "keyring", persistent: true }, can: ["signIn"] };

const signedIn: HistoryEntry = {
  at: 1_000,
  process: "desktop (1)",
  state: "authenticated",
  event: "saveUnderLock done",
};
const end = (
  code: AuthErrorCode,
  at: number,
  process: string,
  more: Partial<HistoryReason> = {},
): HistoryEntry => ({
  at,
  process,
  state: "logged-out",
  event: "readStore done",
  reason: { code, ...more },
});

const ofCli = (code: AuthErrorCode, at = 2_000, more: Partial<HistoryReason> = {}) =>
  end(code, at, "cli (2)", more);

describe("of what several processes noted", () => {
  it("the one that signed out is named, not the one that noticed it", () => {
    const noticed = end("signed_out_elsewhere", 3_000, "desktop (1)");
    const found = explain({ state: OUT, history: [signedIn, noticed, ofCli("signed_out")] });
    expect(found).toMatchObject({ cause: "signed_out", decidedBy: { process: "cli (2)" } });
    expect(found.sentences).toEqual(["You signed out on 1970-01-01 00:00:02 UTC in the process cli (2)."]);
  });

  it("who noticed it is believed where the other has noted nothing", () => {
    const noticed = end("signed_out_elsewhere", 3_000, "desktop (1)");
    expect(explain({ state: OUT, history: [signedIn, noticed] })).toMatchObject({
      cause: "signed_out_elsewhere",
      decidedBy: noticed,
    });
  });

  it("an end before the last sign-in is none", () => {
    const history = [ofCli("session_ended", 500), signedIn, ofCli("signed_out")];
    expect(explain({ state: OUT, history }).cause).toBe("signed_out");
    expect(explain({ state: OUT, history: history.slice(0, 2) }).cause).toBe("not_noted");
  });

  it("a sign-in that failed since is told as well", () => {
    const denied = { ...ofCli("access_denied", 4_000), state: "idle" };
    const { cause, sentences } = explain({ state: OUT, history: [signedIn, ofCli("session_ended"), denied] });
    expect(cause).toBe("session_ended");
    expect(sentences.at(-1)).toMatch(
      /^A sign-in was tried since, and did not succeed .* Access was denied on the sign-in page\.$/,
    );
  });

  it("what is there twice counts once, where it stands first", () => {
    const noticed = end("signed_out_elsewhere", 3_000, "desktop (1)");
    const history = [signedIn, ofCli("signed_out"), noticed, ofCli("signed_out"), signedIn];
    expect(explain({ state: OUT, history }).history).toEqual(history.slice(0, 3));
  });

  it("the last sign-in is the one that was noted last, though a clock was set back before or after it", () => {
    const late = { ...signedIn, at: 9_000 };
    const told = (history: readonly HistoryEntry[]) => explain({ state: OUT, history });
    expect(told([late, ofCli("signed_out")]).cause).toBe("signed_out");
    expect(told([ofCli("session_ended", 9_500), signedIn, ofCli("signed_out")]).cause).toBe("signed_out");
    expect(told([ofCli("session_ended", 9_500), signedIn]).cause).toBe("not_noted");
  });
});

describe("a sentence for each way to be signed out:", () => {
  it.each<[AuthErrorCode, Partial<HistoryReason>, RegExp]>([
    ["signed_out", {}, /^You signed out on/],
    ["signed_out_elsewhere", {}, /another window or program/],
    ["account_changed", {}, /^Somebody else signed in/],
    ["session_ended", { oauthError: "invalid_grant" }, /^The server ended .* own word: invalid_grant\.$/],
    ["answer_lost", {}, /answer of its was lost/],
    ["record_corrupt", {}, /could not be read/],
    ["sign_in_required", { detail: "another machine" }, /copied here from another machine/],
    [
      "sign_in_required",
      { oauthError: "interaction_required" },
      /until you sign in again.*interaction_required/,
    ],
    ["sign_in_required", { detail: "in doubt" }, /could not go on/],
  ])("%s %j", (code, more, told) => {
    const { cause, sentences, hint } = explain({ state: OUT, history: [signedIn, ofCli(code, 2_000, more)] });
    expect(cause).toBe(code);
    expect(sentences.join(" ")).toMatch(told);
    expect(hint).toBeDefined();
    // Also where nobody has noted it, and the client sees it now.
    const state: AuthState = { ...OUT, reason: { at: 2_000, code, message: "Now.", ...more } as never };
    expect(explain({ state, history: [] })).toMatchObject({ cause: code, signedIn: false });
  });

  it.each<AuthErrorCode>(["store_unavailable", "lock_timeout", "lock_unavailable"])(
    "%s: nobody knows, whatever was noted",
    (code) => {
      const state: AuthState = { ...OUT, reason: { at: 3_000, code, message: "Locked." } as never };
      const { cause, sentences } = explain({ state, history: [signedIn, ofCli("signed_out")] });
      expect(cause).toBe(code);
      expect(sentences).toEqual([
        expect.stringMatching(/^Whether you are signed in is not known/),
        "Locked.",
      ]);
    },
  );

  it("nobody ever signed in; a sign-in that failed is the cause then", () => {
    expect(explain({ state: OUT, history: [] }).cause).toBe("never_signed_in");
    const failed = { ...ofCli("timed_out"), state: "idle" };
    expect(explain({ state: OUT, history: [failed] }).cause).toBe("timed_out");
  });
});

describe("who is signed in", () => {
  const state = {
    ...OUT,
    status: "authenticated",
    session: { scope: [], issuer: "x", clientId: "y" },
  } as never as AuthState;

  it("is told so, with a refresh that failed beside it", () => {
    expect(explain({ state, history: [signedIn] })).toMatchObject({ signedIn: true, cause: "signed_in" });
    const degraded = {
      at: 1,
      code: "temporarily_unavailable",
      message: "No network",
      nextRetryAt: 2,
    } as const;
    const found = explain({ state: { ...state, degraded } as AuthState, history: [signedIn] });
    expect(found).toMatchObject({ signedIn: true, cause: "degraded" });
    expect(found.sentences.at(-1)).toBe("No network.");
  });

  it("is told to sign in where the server renews the session no more", () => {
    const refused = {
      ...ofCli("sign_in_required", 2_000, { oauthError: "interaction_required" }),
      state: "authenticated",
    };
    const degraded = { at: 1, code: "sign_in_required", message: "Sign in.", nextRetryAt: 2 } as const;
    const found = explain({ state: { ...state, degraded } as AuthState, history: [signedIn, refused] });
    expect(found.cause).toBe("sign_in_required");
    expect(found.sentences.join(" ")).toMatch(/of no use any more.*interaction_required/);
  });
});
