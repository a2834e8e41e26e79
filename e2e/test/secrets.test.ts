// No secret shows anywhere: the whole journey in processes of their own, and a search of all they leave to be seen.
// What a machine under inspection shows is in packages/core/test/secret.test.ts: the client has no inspector to offer.
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { startIdentityProvider, type IdentityProvider } from "@loopkey/example-identity-provider";
import { beforeEach, describe, expect, it, onTestFinished } from "vitest";
import type { BrowserOrder, Decision } from "../programs/secrets-browser.js";
import type { JourneyCall, JourneyOrder } from "../programs/secrets-journey.js";
import { cliPath } from "./support/cli.js";
import { onCodeVerifier } from "./support/code-verifiers.js";
import { startWatch, type Watch } from "./support/evidence.js";
import { programPath } from "./support/program.js";
import { startRecordingServer } from "./support/recording-server.js";
import { findSecrets, type KnownSecret } from "./support/secret-scan.js";
import { missingForSecretService, startBus, type Bus } from "./support/secret-service.js";

const ACCESS_TOKEN_SECONDS = 2;
const DEBUG = { LOOPKEY_DEBUG: "1" };

interface World {
  readonly server: IdentityProvider;
  readonly bus: Bus;
  readonly watch: Watch;
  /** All that was issued or made up so far. */
  readonly secrets: readonly KnownSecret[];
  /** Every authorization URL so far. */
  readonly urls: readonly string[];
  /** What the person does at the next visits; after those they allow. */
  readonly decide: (...decisions: readonly Decision[]) => void;
}

/** A machine with a keyring, and a person at a browser who is looked at as often as anything happens. */
async function createWorld(): Promise<World> {
  const secrets: KnownSecret[] = [];
  const urls: string[] = [];
  const decisions: Decision[] = [];
  const watch = await startWatch({ browser: programPath("secrets-browser") });
  const server = await startIdentityProvider({
    accessTokenSeconds: ACCESS_TOKEN_SECONDS,
    onSecret(secret) {
      secrets.push(secret);
      watch.look();
    },
    onEvent: () => watch.look(),
  });
  onTestFinished(() => server.close());
  onCodeVerifier((value) => secrets.push({ kind: "code_verifier", value }));
  const bus = await startBus();
  await bus.startKeyring("unlocked");

  // The browser waits for its answer: it is there to be looked at.
  const browsers = await startRecordingServer(({ body }, response) => {
    const argv = JSON.parse(body) as readonly string[];
    watch.look();
    watch.add({ where: "argv of the browser", text: argv.join("\0") });
    const url = new URL(argv.at(-1)!);
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
function search({ watch, secrets, urls }: World): {
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

const KINDS = ["code", "access_token", "refresh_token", "id_token", "code_verifier", "state", "nonce"];

/** That there was something to find, and that it was looked for where it could have been. */
function expectWellSearched({ watch, secrets }: World, ...wheres: readonly string[]): void {
  expect(new Set(secrets.map(({ kind }) => kind))).toEqual(new Set(KINDS));
  expect(Math.min(...secrets.map(({ value }) => value.length))).toBeGreaterThan(20);
  const places = new Set(watch.evidence().map(({ where }) => where));
  expect([...places]).toEqual(
    expect.arrayContaining(["argv of the browser", "argv of a program", "environ", ...wheres]),
  );
}

describe("the search", () => {
  it("finds what is planted: in arguments, the environment, stdout, stderr, files and their names", async () => {
    const watch = await startWatch({ browser: "a browser" });
    // With characters that each form writes in a way of its own.
    const secret = `?>~?>~ ${randomBytes(12).toString("base64")}/+`;
    const forms = {
      plain: secret,
      "URL-encoded": encodeURIComponent(secret),
      base64: Buffer.from(`Bearer ${secret}.`).toString("base64"),
      base64url: Buffer.from(`{"token":"${secret}"}`).toString("base64url"),
    };
    const leak = `
      const forms = process.argv.slice(1);
      const file = process.env.TMPDIR + "/deep/in/" + forms[3];
      fs.mkdirSync(file, { recursive: true });
      fs.writeFileSync(file + "/leak.bin", Buffer.from("\\0\\xff" + forms.join("\\0") + "\\xfe", "latin1"));
      process.stdout.write(forms.join("\\n"));
      process.stderr.write(forms.join("\\n"));
      process.stdin.resume();`;
    const program = watch.start("the leak", ["-e", leak, ...Object.values(forms)], {
      LEAK: Object.values(forms).join(" "),
    });
    await program.wrote("stderr", /\S$/);
    watch.look();
    program.closeStdin();
    expect(await program.ended).toMatchObject({ code: 0 });
    const places = [
      "argv of a program",
      "environ",
      "stdout of the leak",
      "stderr of the leak",
      `file tmp/deep/in/${forms.base64url}/leak.bin`,
    ];
    const known = [{ kind: "secret", value: secret }];
    expect(findSecrets(watch.evidence(), known)).toEqual(
      places.flatMap((place) => Object.keys(forms).map((form) => `${place}: secret (${form})`)).toSorted(),
    );
    expect(
      findSecrets(watch.evidence(), [{ kind: "secret", value: randomBytes(24).toString("base64") }]),
    ).toEqual([]);
  });

  it.each([0, 1, 2, 3, 4])("finds an encoded secret behind %i other bytes", (before) => {
    const value = randomBytes(32).toString("base64url");
    const text = Buffer.from(`${"x".repeat(before)}${value}rest`).toString("base64");
    expect(findSecrets([{ where: "here", text }], [{ kind: "secret", value }])).toEqual([
      "here: secret (base64)",
    ]);
  });
});

describe("with a keyring", () => {
  beforeEach((context) => context.skip(missingForSecretService !== undefined, missingForSecretService));

  it("the binary shows no secret, but the access token that `token` prints", async () => {
    const world = await createWorld();
    const { server, bus, watch, decide } = world;
    const login = ["login", "--issuer", server.issuer, "--client-id", server.clientId];
    const loopkey = async (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<number | null> =>
      (await watch.run(args[0]!, [cliPath, ...args], env)).code;
    async function succeed(...args: readonly string[]): Promise<void> {
      expect([args, await loopkey(args)]).toEqual([args, 0]);
    }
    async function fail(code: number, ...args: readonly string[]): Promise<void> {
      expect([args, await loopkey(args, DEBUG)]).toEqual([args, code]);
    }

    decide("cancel", "corrupt", "corrupt");
    await fail(1, ...login);
    await fail(1, ...login, "--json");
    expect(await loopkey(login)).toBe(1);
    // Nobody comes back from the page that says so.
    const lost = watch.start("login", [cliPath, ...login.slice(0, -1), "unknown-client"], DEBUG);
    await lost.wrote("stderr", /No browser could be opened/);
    lost.kill("SIGINT");
    expect(await lost.ended).toMatchObject({ code: 130, stderr: expect.stringContaining("browser_failed") });

    await succeed(...login);
    const kept = await bus.ask("secret-tool", "lookup", "service", "loopkey", "username", "default");
    expect(findSecrets([{ where: "the keyring", text: kept }], world.secrets)).toContain(
      "the keyring: refresh_token (plain)",
    );
    await succeed("status");
    await succeed("status", "--json");
    await succeed("whoami");
    await succeed("whoami", "--json");
    // No process has an access token from the one before: each of these is a refresh.
    await succeed("token");
    await succeed("token", "--json");
    await succeed("logout", "--browser");

    expect(await loopkey([...login, "--json"], DEBUG)).toBe(0);
    await revoke(world);
    expect(await loopkey(["whoami"])).toBe(4);
    await fail(4, "token");
    await succeed(...login);
    await server.close();
    await fail(1, "token");
    await fail(1, "whoami", "--json");
    await succeed("logout", "--browser", "--json");
    await fail(1, ...login);

    expectWellSearched(
      world,
      "stdout of whoami",
      "stderr of login",
      "file config/loopkey/profile-default.json",
      "file data/keyrings/login.keyring",
    );
    const { found, besidesUrls } = search(world);
    expect(found).toEqual([
      "argv of the browser: nonce (plain)",
      "argv of the browser: state (plain)",
      "stderr of login: nonce (plain)",
      "stderr of login: state (plain)",
      "stdout of token: access_token (plain)",
    ]);
    expect(besidesUrls).toEqual(["stdout of token: access_token (plain)"]);
  });

  it("an app that logs every state, notice, result and error logs no secret", async () => {
    const world = await createWorld();
    const { server, watch, decide } = world;
    const { issuer, clientId, apiUrl } = server;
    const order: JourneyOrder = { issuer, clientId, apiUrl };
    const app = watch.start("the app", [programPath("secrets-journey"), JSON.stringify(order)]);
    const call = async (name: JourneyCall): Promise<string> => {
      app.tell(name);
      const [, outcome] = await app.wrote("stdout", /"type":"done".*"outcome":"(\w+)"/);
      return `${name}: ${outcome}`;
    };

    expect(await call("ready")).toBe("ready: done");
    expect(await call("userInfo")).toBe("userInfo: sign_in_required");
    decide("cancel", "corrupt");
    expect(await call("signIn")).toBe("signIn: access_denied");
    expect(await call("signIn")).toBe("signIn: authorization_failed");
    expect(await call("signInAborted")).toBe("signInAborted: cancelled");
    for (const name of ["signIn", "accessToken", "userInfo", "callApi", "renewed", "userInfo"] as const)
      expect(await call(name)).toBe(`${name}: done`);
    expect(await call("callElsewhere")).toBe("callElsewhere: origin_not_allowed");
    expect(await call("callAsSomebodyElse")).toBe("callAsSomebodyElse: done");
    expect(await call("signOut")).toBe("signOut: done");

    expect(await call("signIn")).toBe("signIn: done");
    await revoke(world);
    expect(await call("sessionEnded")).toBe("sessionEnded: done");
    expect(await call("accessToken")).toBe("accessToken: session_ended");
    expect(await call("signIn")).toBe("signIn: done");
    await server.close();
    expect(await call("renewalFailed")).toBe("renewalFailed: done");
    expect(await call("userInfo")).toBe("userInfo: temporarily_unavailable");
    expect(await call("signOut")).toBe("signOut: done");
    expect(await call("close")).toBe("close: done");
    expect(await call("accessToken")).toBe("accessToken: closed");
    app.closeStdin();
    expect(await app.ended).toMatchObject({ code: 0 });

    expectWellSearched(world, "stdout of the app", "stderr of the app", "file data/keyrings/login.keyring");
    const { found, besidesUrls } = search(world);
    expect(found).toEqual([
      "argv of the browser: nonce (plain)",
      "argv of the browser: state (plain)",
      "stdout of the app: nonce (plain)",
      "stdout of the app: state (plain)",
    ]);
    expect(besidesUrls).toEqual([]);
  });
});

/** As an administrator would end the session: the app learns of it at its next refresh. */
async function revoke({ server: { issuer, clientId }, secrets }: World): Promise<void> {
  const { value: token } = secrets.findLast(({ kind }) => kind === "refresh_token")!;
  const body = new URLSearchParams({ client_id: clientId, token });
  expect((await fetch(`${issuer}/oauth/revoke`, { method: "POST", body })).status).toBe(200);
}
