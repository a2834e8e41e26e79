import { AuthError } from "@loopkey/core";
import { describe, expect, it } from "vitest";
import { exitCodeOf, PROFILE_FILE } from "../../src/outcome/exit-codes.js";
import { linesOf, reportFailure, toFailure } from "../../src/outcome/failure.js";
import { reportError } from "../../src/outcome/report-error.js";
import { createFakeIO } from "../support.js";

const ADVICE = { program: "notes", signIn: "notes login" };
const LONG = "Unlock the keyring of this login session first, by whatever your desktop has for it. ".repeat(
  2,
);

describe("an exit code", () => {
  it.each([
    ["sign_in_required", undefined, 4],
    ["session_ended", undefined, 4],
    ["record_corrupt", undefined, 4],
    ["cancelled", undefined, 130],
    ["invalid_config", "scope", 2],
    ["insecure_endpoint", "issuer", 2],
    ["insecure_endpoint", "token_endpoint", 1],
    ["invalid_config", PROFILE_FILE, 1],
    ["a_code_to_come", undefined, 1],
  ])("of %s (%s) is %i", (code, detail, exitCode) => {
    expect(exitCodeOf(code, detail)).toBe(exitCode);
  });
});

describe("a failure is told", () => {
  it("in one line: what happened, what to do, and the code", () => {
    const failure = toFailure(new AuthError("discovery_failed", "No metadata"), ADVICE);
    expect(linesOf(failure)).toEqual([
      "No metadata. Check the issuer, and that it can be reached from this machine. [discovery_failed]",
    ]);
  });

  it("with a hint that is long below it, a sentence a line", () => {
    const failure = toFailure(new AuthError("store_unavailable", "Locked.", { hint: LONG }), ADVICE);
    const [first, ...rest] = linesOf(failure);
    expect(first).toBe("Locked. [store_unavailable]");
    expect(rest).toHaveLength(2);
  });

  it("with the command that signs in, where that is what helps", () => {
    const error = new AuthError("sign_in_required", "Nobody is signed in.", { hint: "Call signIn()." });
    expect(toFailure(error, ADVICE).hint).toBe('Run "notes login".');
  });

  it("with another store after the advice of the one that failed, and never twice", () => {
    const store = "Or use --store memory.";
    const told = (hint: string): string | null =>
      toFailure(new AuthError("store_unavailable", "Locked.", { hint }), { ...ADVICE, store }).hint;
    expect(told("Unlock it.")).toBe(`Unlock it. ${store}`);
    expect(told(`Unlock it. ${store}`)).toBe(`Unlock it. ${store}`);
  });

  it("on stderr, and as one value on stdout for whoever asked for JSON", () => {
    const io = createFakeIO();
    const error = new AuthError("temporarily_unavailable", "Busy.");
    expect(reportFailure(error, ADVICE, { json: true, io })).toBe(1);
    expect(io.err).toMatch(/^notes: Busy\. .*\[temporarily_unavailable\]\n$/);
    expect(io.json()).toEqual({
      error: expect.objectContaining({ code: "temporarily_unavailable", retryable: true }),
    });
  });

  it("without what moves a terminal's cursor", () => {
    const io = createFakeIO();
    reportError(new AuthError("authorization_failed", "No\u001b[2J\u0007 entry."), { name: "notes", io });
    // oxlint-disable-next-line no-control-regex
    expect(io.err).not.toMatch(/[\u0000-\u0009\u000b-\u001f]/);
  });

  it("with the place in the code for whoever set LOOPKEY_DEBUG, and for nobody else", () => {
    const [plain, debugged] = [createFakeIO(), createFakeIO({ env: { LOOPKEY_DEBUG: "1" } })];
    for (const io of [plain, debugged]) reportError(new Error("broken"), { name: "notes", io });
    expect(plain.err).toMatch(/^notes: broken\. .*\[unexpected\]\n$/);
    expect(debugged.err).toContain("failure.test.ts");
  });
});
