// A machine with a keyring, a server whose every secret is known, and what anybody could see of it all.
import { dirname } from "node:path";
import {
  startIdentityProvider,
  type IdentityProvider,
  type IdentityProviderOptions,
} from "@loopkey/example-identity-provider";
import { expect, onTestFinished } from "vitest";
import type { BrowserOrder, Decision } from "../../programs/secrets-browser.js";
import { onFormSecret } from "./form-secrets.js";
import { startWatch, type Watch } from "./evidence.js";
import { programPath } from "./program.js";
import { startRecordingServer } from "./recording-server.js";
import { findSecrets, type KnownSecret } from "./secret-scan.js";
import { startBus, type Bus } from "./secret-service.js";

const ACCESS_TOKEN_SECONDS = 2;
/** A code for a person to type in, and what stands in a URL in place of a request. */
const MADE_TO_BE_SHOWN: ReadonlySet<string> = new Set(["user_code", "request_uri"]);

export interface World {
  readonly server: IdentityProvider;
  readonly bus: Bus;
  readonly watch: Watch;
  /** All that was issued or made up so far. */
  readonly secrets: KnownSecret[];
  /** Every authorization URL so far. */
  readonly urls: readonly string[];
  /** What the person does at the next visits; after those they allow. */
  readonly decide: (...decisions: readonly Decision[]) => void;
}

/** A machine with a keyring, and a person at a browser who is looked at as often as anything happens. */
export async function createWorld(features: IdentityProviderOptions = {}): Promise<World> {
  const secrets: KnownSecret[] = [];
  const urls: string[] = [];
  const decisions: Decision[] = [];
  const watch = await startWatch({ browser: programPath("secrets-browser") });
  const server = await startIdentityProvider({
    ...features,
    accessTokenSeconds: ACCESS_TOKEN_SECONDS,
    onSecret(secret) {
      if (!MADE_TO_BE_SHOWN.has(secret.kind)) secrets.push(secret);
      watch.look();
    },
    onEvent: () => watch.look(),
  });
  onTestFinished(() => server.close());
  onFormSecret((secret) => secrets.push(secret));
  const bus = await startBus();
  await bus.startKeyring("unlocked");

  // The browser waits for its answer: it is there to be looked at.
  const browsers = await startRecordingServer(({ body }, response) => {
    const argv = JSON.parse(body) as readonly string[];
    watch.look();
    watch.add({ where: "argv of the browser", text: argv.join("\0") });
    const url = new URL(argv.at(-1)!);
    // A pushed request leaves a reference only.
    if (url.searchParams.has("request_uri")) urls.push(url.href);
    if (url.searchParams.has("code_challenge")) {
      urls.push(url.href);
      for (const kind of ["state", "nonce"]) secrets.push({ kind, value: url.searchParams.get(kind)! });
    }
    const order: BrowserOrder = {
      issuer: server.issuer,
      account: server.account,
      decision: decisions.shift() ?? "allow",
    };
    response.end(JSON.stringify(order));
  });
  const port = new URL(browsers.origin).port;
  const browser = `"${process.execPath}" "${programPath("secrets-browser")}" ${port}`;
  watch.extend({
    env: { ...bus.env, CI: undefined, BROWSER: browser },
    folder: dirname(bus.env["HOME"]!),
  });
  return { server, bus, watch, secrets, urls, decide: (...next) => void decisions.push(...next) };
}

/** Where each kind of secret shows, exactly as it is, and what is left of that without the authorization URLs. */
export function search({ watch, secrets, urls }: World): {
  readonly found: string[];
  readonly besidesUrls: string[];
} {
  const evidence = watch.evidence();
  const withoutUrls = evidence.map(({ where, text }) => ({
    where,
    text: urls.reduce((left, url) => left.replaceAll(url, "<authorization URL>"), text),
  }));
  return { found: findSecrets(evidence, secrets), besidesUrls: findSecrets(withoutUrls, secrets) };
}

export const KINDS = ["code", "access_token", "refresh_token", "id_token", "code_verifier", "state", "nonce"];

/** That there was something to find, and that it was looked for where it could have been. */
export function expectWellSearched(
  { watch, secrets }: World,
  kinds: readonly string[],
  ...wheres: readonly string[]
): void {
  expect(new Set(secrets.map(({ kind }) => kind))).toEqual(new Set(kinds));
  expect(Math.min(...secrets.map(({ value }) => value.length))).toBeGreaterThan(20);
  const places = new Set(watch.evidence().map(({ where }) => where));
  expect([...places]).toEqual(
    expect.arrayContaining(["argv of the browser", "argv of a program", "environ", ...wheres]),
  );
}
