import { describe, expect, it } from "vitest";
import { inspect } from "node:util";
import { AuthError, createAuthClient } from "../../src/index.js";
import { asAuthError, toReason } from "../../src/ground/errors.js";
import { printable } from "../../src/ground/printable.js";
import { createFakeClock, createFakePorts, createFakeServer } from "../../src/testing/index.js";

/** Clears the screen, sets the window's title, reverses a line, ends it, and goes on for long. */
const HOSTILE = `\u001b[2J\u001b]0;owned\u0007\u009b31m\u202egpj.exe\u2066\u2028\r\n\u0000\u007f\u200b${"x".repeat(5_000)}`;
// oxlint-disable-next-line no-control-regex
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/;

describe("printable", () => {
  it("leaves plain text of any language alone", () => {
    for (const text of ["The code has expired.", "né à Zürich", "漢字 かな", "🔑 key", "مرحبا"])
      expect(printable(text)).toBe(text);
  });

  it("takes out every control character, and what reorders or hides text", () => {
    for (let code = 0; code < 0x20; code++)
      expect(printable(`a${String.fromCharCode(code)}b`), `U+${code.toString(16)}`).toBe("a b");
    for (let code = 0x7f; code < 0xa0; code++)
      expect(printable(`a${String.fromCharCode(code)}b`), `U+${code.toString(16)}`).toBe("a b");
    for (const unsafe of [
      "\u200b",
      "\u200e",
      "\u2028",
      "\u2029",
      "\u202a",
      "\u202e",
      "\u2066",
      "\u2069",
      "\ufeff",
    ])
      expect(printable(`a${unsafe}b`)).toBe("a b");
    expect(printable(HOSTILE)).not.toMatch(UNSAFE);
  });

  it("is bounded, by 200 characters or what it is told", () => {
    expect(printable("x".repeat(200))).toHaveLength(200);
    expect(printable("x".repeat(201))).toBe(`${"x".repeat(200)}…`);
    expect(printable("x".repeat(50), 10)).toBe(`${"x".repeat(10)}…`);
  });
});

describe("AuthError", () => {
  it("is retryable for a passing failure only, unless it is told", () => {
    expect(new AuthError("temporarily_unavailable", "m").retryable).toBe(true);
    expect(new AuthError("authorization_failed", "m").retryable).toBe(false);
    expect(new AuthError("discovery_failed", "m", { retryable: true }).retryable).toBe(true);
  });

  it("has a hint of its own where one is given, and the code's otherwise", () => {
    expect(new AuthError("timed_out", "m").hint).toMatch(/Sign in again/);
    expect(new AuthError("timed_out", "m", { hint: "Do this." }).hint).toBe("Do this.");
    expect(new AuthError("closed", "m").hint).toBeUndefined();
  });

  it("keeps its cause, and has none where none was given", () => {
    const cause = new Error("below");
    expect(new AuthError("closed", "m", { cause }).cause).toBe(cause);
    expect("cause" in new AuthError("closed", "m")).toBe(false);
  });

  it("is what asAuthError makes of anything, itself unchanged", () => {
    const error = new AuthError("closed", "m");
    expect(asAuthError(error)).toBe(error);
    expect(asAuthError(new Error(HOSTILE)).message).not.toMatch(UNSAFE);
    expect(asAuthError("text")).toMatchObject({ code: "authorization_failed", cause: "text" });
  });

  it("becomes a reason without its stack and cause", () => {
    const error = new AuthError("invalid_response", "m", { detail: "d", cause: new Error("below") });
    expect(toReason(error, 7)).toEqual({
      code: "invalid_response",
      message: "m",
      detail: "d",
      hint: expect.any(String),
      at: 7,
    });
  });
});

describe("a hostile server's text is harmless in the error, the reason and the page", () => {
  async function signInAgainst(path: "redirect" | "token") {
    const clock = createFakeClock();
    const server = await createFakeServer({ clock });
    let page: unknown;
    const ports = createFakePorts({
      clock,
      server,
      person: (url, { listener }) => {
        const redirect = new URL(server.authorize(url));
        if (path === "redirect") {
          redirect.searchParams.delete("code");
          redirect.searchParams.set("error", `bad${HOSTILE}`);
          redirect.searchParams.set("error_description", HOSTILE);
        }
        void listener.visit(redirect.href).then((answer) => (page = answer));
      },
    });
    server.intercept = (request) =>
      request.path === "/token"
        ? Response.json({ error: `bad${HOSTILE}`, error_description: HOSTILE }, { status: 400 })
        : undefined;
    const client = createAuthClient({ issuer: server.issuer, clientId: "app" }, ports);
    const error = await client.signIn().then(
      () => expect.fail("signed in"),
      (reason: unknown) => reason as AuthError,
    );
    return { error, page, state: client.getState(), close: () => client.close() };
  }

  it.each(["redirect", "token"] as const)("in the answer of the %s", async (path) => {
    const { error, page, state, close } = await signInAgainst(path);
    expect(error).toMatchObject({ name: "AuthError", code: "authorization_failed" });
    expect(error.oauthError).toMatch(/^bad/);
    expect(error.message).toContain("owned");
    for (const text of [error.message, error.detail ?? "", error.oauthError ?? "", error.hint ?? ""]) {
      expect(text).not.toMatch(UNSAFE);
      expect(text.length).toBeLessThan(500);
    }
    for (const shown of [page, state]) {
      const text = JSON.stringify(shown);
      expect(text).toContain("owned");
      expect(text).not.toMatch(/\\u001b|\\u009b|\\u202e|\\r|\\n/);
      expect(text).not.toMatch(UNSAFE);
      expect(text.length).toBeLessThan(1_500);
    }
    expect(inspect(error, { depth: 10 })).not.toMatch(/x{1000}/);
    await close();
  });
});
