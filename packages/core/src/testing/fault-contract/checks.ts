// What must hold after every fault, whatever it was.
import type { AuthError } from "../../ground/errors.js";
import { FAULTS, type FaultName } from "../fake-server/faults/list.js";
import type { FakeServer } from "../fake-server/types.js";
import type { SeenPage } from "./setting.js";

/** Text that moves a cursor, begins a line or turns the reading direction. */
// oxlint-disable-next-line no-control-regex
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069]/;
const LONGEST_TEXT = 600;

export function ensure(holds: boolean, promise: string): asserts holds {
  if (!holds) throw new Error(promise);
}

/** The client did nothing wrong, nothing went elsewhere, and the fault was really met. */
export function checkServer(server: FakeServer, name: FaultName): void {
  const { violations, elsewhere, faultsApplied } = server;
  ensure(faultsApplied.includes(name), "The fault never took effect.");
  ensure(violations.length === 0, `The client broke a rule: ${violations.join(" ")}`);
  const urls = elsewhere.map(({ method, url }) => `${method} ${url.href}`);
  ensure(urls.length === 0, `Something reached another origin: ${urls.join(", ")}`);
}

/** What a person or a log gets to see can be printed, is not endless, and has no secret in it. */
export function checkError(error: AuthError, server: FakeServer): void {
  const { message, hint = "", detail = "", oauthError = "" } = error;
  for (const text of [message, hint, detail, oauthError]) {
    ensure(!UNPRINTABLE.test(text), `An error has text that cannot be printed: ${JSON.stringify(text)}`);
    ensure(text.length <= LONGEST_TEXT, `An error has ${text.length} characters of text.`);
  }
  checkNoSecrets("The error", everythingIn(error), [...secretsOf(server), ...oneTimeValuesOf(server)]);
}

export function checkNoSecretsIn(what: string, value: unknown, server: FakeServer): void {
  checkNoSecrets(what, JSON.stringify(value), secretsOf(server));
}

/** The browser was told what happened; before it is sent anywhere there is nothing to tell. */
export function checkPages(pages: readonly SeenPage[], told: "success" | "failure" | "nothing"): void {
  const outcomes = pages.map(({ outcome }) => outcome).filter((outcome) => outcome !== undefined);
  const expected = told === "nothing" ? [] : [told];
  ensure(
    outcomes.join() === expected.join(),
    `The browser was told ${outcomes.join(", ") || "nothing"} where it should be ${told}.`,
  );
  for (const { html = "" } of pages)
    ensure(!/<script>alert|<a href="https:\/\/evil/.test(html), "The page has the server's HTML in it.");
}

export function endOf(name: FaultName, isOverSockets: boolean) {
  const { ends, endsOverSockets } = FAULTS[name];
  return isOverSockets ? (endsOverSockets ?? ends) : ends;
}

/** Tokens, codes, and the verifiers that came with them. */
function secretsOf({ secrets, requests }: FakeServer): readonly string[] {
  const verifiers = requests.map(({ body }) => body.get("code_verifier")).filter((each) => each !== null);
  return [...secrets, ...verifiers];
}

/** `state` and `nonce` of every authorization request, those that were pushed and never came to the browser too. */
function oneTimeValuesOf({ authorizations, requests }: FakeServer): readonly string[] {
  return [...authorizations, ...requests.map(({ body }) => body)]
    .flatMap((asked) => [asked.get("state"), asked.get("nonce")])
    .filter((each) => each !== null);
}

function checkNoSecrets(what: string, text: string, secrets: readonly string[]): void {
  const found = secrets.find((secret) => text.includes(secret));
  ensure(found === undefined, `${what} has a secret in it: ${found?.slice(0, 12)}…`);
}

/** Every text that hangs on an object, its hidden members and causes included. */
function everythingIn(root: unknown): string {
  const texts: string[] = [];
  const seen = new Set<unknown>();
  const visit = (value: unknown): void => {
    if (typeof value !== "object" || value === null) {
      texts.push(String(value));
      return;
    }
    if (seen.has(value)) return;
    seen.add(value);
    if (value instanceof URLSearchParams || value instanceof URL) texts.push(String(value));
    for (const key of Reflect.ownKeys(value)) visit(Reflect.get(value, key));
  };
  visit(root);
  return texts.join("\n");
}
