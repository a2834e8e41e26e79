// A browser for BROWSER that says with which arguments it was started, is told what the person does, and does it:
// `secrets-browser.js <port> <url>`. No colon may be in BROWSER, so the port stands for where to ask.
import { createPerson } from "@loopkey/example-identity-provider";

export type Decision =
  | "allow"
  | "cancel"
  /** Comes back with the right code and a wrong state first, then with the right state and a wrong code. */
  | "corrupt";

export interface BrowserOrder {
  readonly issuer: string;
  readonly account: { readonly username: string; readonly password: string };
  readonly decision: Decision;
}

const [port, url] = process.argv.slice(2) as [string, string];
const asked = await fetch(`http://127.0.0.1:${port}/browser`, {
  method: "POST",
  body: JSON.stringify(process.argv),
});
const { issuer, account, decision } = (await asked.json()) as BrowserOrder;
const person = createPerson(account);
// Signing out begins at a one-time address of the app, which sends the browser on.
const atServer = new URL(url).origin === new URL(issuer).origin ? url : await person.follow(url);
const redirect = new URL(
  await person.follow(atServer, { decision: decision === "cancel" ? "cancel" : "allow" }),
);
if (decision === "corrupt") {
  const { code, state } = Object.fromEntries(redirect.searchParams) as Record<"code" | "state", string>;
  redirect.searchParams.set("state", "wrong");
  await fetch(redirect);
  redirect.searchParams.set("state", state);
  redirect.searchParams.set("code", `${code}x`);
}
await fetch(redirect);
