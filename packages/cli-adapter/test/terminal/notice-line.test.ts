import { expect, it } from "vitest";
import { writeNotice } from "../../src/terminal/notice-line.js";
import { createFakeIO } from "../support.js";

const notRenewable = {
  code: "not_renewable",
  message: "The server gave no refresh token. Ask for the scope\u001b[2J offline_access.",
} as const;

it("tells the person that a session cannot be renewed, with what to do, on one line", () => {
  const io = createFakeIO();
  writeNotice(notRenewable, io);
  expect(io).toMatchObject({
    out: "",
    err: "The server gave no refresh token. Ask for the scope [2J offline_access.\n",
  });
});

it("tells why no browser opened: only the person can mend what BROWSER says", () => {
  const io = createFakeIO();
  const message = 'Could not open the browser: "w3m" (from BROWSER) is a text browser.';
  writeNotice({ code: "browser_failed", message }, io);
  expect(io.err).toBe(`${message}\n`);
});

it("keeps the rest to whoever looks for a fault", () => {
  const stray = { code: "stray_request", message: "Refused.", detail: "wrong_path" } as const;
  const io = createFakeIO();
  writeNotice(stray, io);
  expect(io.err).toBe("");
  const debugging = createFakeIO({ env: { LOOPKEY_DEBUG: "1" } });
  writeNotice(stray, debugging);
  expect(debugging.err).toBe("stray_request: Refused. wrong_path\n");
});
