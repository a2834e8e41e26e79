import { describe, expect, it } from "vitest";
import { createCommandLine, createKeyboard, type FakeIOOptions, type Keyboard } from "../support.js";

const OFFER = "If your browser cannot open its last page, paste the address of that page here.\n";

/** A login that opens no browser: what the person does as soon as the address is there. */
async function login(
  atAddress: (redirect: string, keyboard: Keyboard) => void,
  more = "",
  options: FakeIOOptions = {},
) {
  const line = await createCommandLine();
  const keyboard = createKeyboard();
  let isAsked = false;
  const { code, io } = await line.run(
    `login --issuer ${line.server.issuer} --client-id app --no-browser ${more}`,
    {
      isInteractive: true,
      keyboard,
      onErr(text) {
        const [url] = /https:\S+/.exec(text) ?? [];
        if (url === undefined || isAsked) return;
        isAsked = true;
        // The client's other listeners have their turn first.
        queueMicrotask(() => atAddress(line.server.authorize(url), keyboard));
      },
      ...options,
    },
  );
  return { line, keyboard, code, io };
}

describe("a redirect that is pasted at the terminal", () => {
  it("signs in; nobody reads afterwards, and nothing of it is written", async () => {
    let pasted = "";
    const wasRead: boolean[] = [];
    const { code, io, keyboard } = await login((redirect, at) => {
      wasRead.push(at.isRead);
      at.type((pasted = redirect));
      wasRead.push(at.isRead);
    });
    // The exchange, which comes after it, takes nothing.
    expect(wasRead).toEqual([true, false]);
    expect(code).toBe(0);
    expect(io.out).toContain("Signed in as ada");
    expect(io.err).toContain(OFFER);
    expect(keyboard.isRead).toBe(false);
    expect(io.out + io.err).not.toContain(new URL(pasted).searchParams.get("code"));
  });

  it("that is a wrong one gets a line that says why, and the wait goes on", async () => {
    const { code, io } = await login((redirect, { type }) => {
      type("");
      type("y");
      type(redirect.replace("state=", "state=x"));
      type(redirect);
    });
    expect(code).toBe(0);
    expect(io.err.match(/^This .*$/gm)).toEqual([
      expect.stringMatching(
        /^This is not an address\. Copy all of it .* http:\/\/127\.0\.0\.1:\d+\/callback$/,
      ),
      "This address is cut off, or belongs to another sign-in. Copy all of it. If that does not help, open the address of this sign-in, and finish there.",
    ]);
  });

  it("that says no ends the sign-in", async () => {
    const line = await createCommandLine();
    const keyboard = createKeyboard();
    const { code, io } = await line.run(`login --issuer ${line.server.issuer} --client-id app --no-browser`, {
      isInteractive: true,
      keyboard,
      onErr(text) {
        const [url] = /https:\S+/.exec(text) ?? [];
        if (url !== undefined) queueMicrotask(() => keyboard.type(line.server.authorize(url, "deny")));
      },
    });
    expect(code).toBe(1);
    expect(io.err).toMatch(/\[access_denied]\n$/);
    expect(keyboard.isRead).toBe(false);
  });

  it.each([
    { what: "with --json", more: "--json", isInteractive: true },
    { what: "without a person at a terminal", more: "", isInteractive: false },
  ])("is not waited for $what", async ({ more, isInteractive }) => {
    const leaving = new AbortController();
    const { code, io } = await login(
      (redirect, { type, isRead }) => {
        expect(isRead).toBe(false);
        type(redirect);
        leaving.abort();
      },
      more,
      { isInteractive, signal: leaving.signal },
    );
    expect(code).toBe(130);
    expect(io.err).not.toContain(OFFER);
  });

  it("is offered always: that a browser was started proves nothing", async () => {
    const keyboard = createKeyboard();
    const opened = await (
      await createCommandLine()
    ).run("login --issuer https://id.example --client-id app", {
      isInteractive: true,
      keyboard,
    });
    expect(opened).toMatchObject({ code: 0 });
    expect(opened.io.err.split(OFFER)).toHaveLength(2);
    const line = await createCommandLine({
      person() {
        throw new Error("There is no display.");
      },
    });
    const { code, io } = await line.run(`login --issuer ${line.server.issuer} --client-id app`, {
      isInteractive: true,
      keyboard,
      onErr(text) {
        if (text.includes("Open the address above yourself."))
          keyboard.type(line.server.authorize(line.made[0]!.opened[0]!));
      },
    });
    expect(code).toBe(0);
    expect(io.err.split(OFFER)).toHaveLength(2);
    expect(keyboard.isRead).toBe(false);
  });

  it("is not waited for any more after an interruption", async () => {
    const leaving = new AbortController();
    const { code, keyboard } = await login(() => leaving.abort(), "", { signal: leaving.signal });
    expect(code).toBe(130);
    expect(keyboard.isRead).toBe(false);
  });
});
