// No secret shows anywhere: the whole journey in processes of their own, and a search of all they leave to be seen.
// That the machine shows none to an inspector either, in every flow and every ending, is in packages/core/test too.
import { randomBytes } from "node:crypto";
import { beforeEach, describe, expect, it } from "vitest";
import type { JourneyCall, JourneyOrder } from "../programs/secrets-journey.js";
import { cliPath } from "./support/cli.js";
import { startWatch } from "./support/evidence.js";
import { programPath } from "./support/program.js";
import { findSecrets } from "./support/secret-scan.js";
import { missingForSecretService } from "./support/secret-service.js";
import { createWorld, expectWellSearched, KINDS, search, type World } from "./support/secrets-world.js";

const DEBUG = { LOOPKEY_DEBUG: "1" };

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

// Up to two dozen processes a test, one after the other.
describe("with a keyring", { timeout: 300_000 }, () => {
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
    const noBrowser = { ...DEBUG, BROWSER: "/nowhere/browser" };
    const lost = watch.start("login", [cliPath, ...login], noBrowser);
    await lost.wrote("stderr", /No browser could be opened/);
    lost.kill("SIGINT");
    expect(await lost.ended).toMatchObject({
      code: null,
      stderr: expect.stringContaining("browser_failed"),
    });

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
      KINDS,
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

    expectWellSearched(
      world,
      KINDS,
      "stdout of the app",
      "stderr of the app",
      "file data/keyrings/login.keyring",
    );
    const { found, besidesUrls } = search(world);
    expect(found).toEqual([
      "argv of the browser: nonce (plain)",
      "argv of the browser: state (plain)",
      "stdout of the app: nonce (plain)",
      "stdout of the app: state (plain)",
    ]);
    expect(besidesUrls).toEqual([]);
  });

  it.each([
    ["as it is", {}, {}],
    [
      "pushed, and bound to a key",
      { par: "always", dpop: true },
      { dpop: { requireNonce: true, requireApiNonce: true } },
    ],
  ] as const)("every other way in shows none either: %s", async (_, config, features) => {
    const stepUp = { stepUp: {}, deviceCode: { intervalSeconds: 1 }, pushedRequests: "accepted" } as const;
    const world = await createWorld({ ...stepUp, ...features });
    const { server, watch, bus, secrets } = world;
    const { issuer, clientId, apiUrl, vaultUrl, account } = server;
    const order: JourneyOrder = { issuer, clientId, apiUrl, vaultUrl, account, config };
    const app = watch.start("the app", [programPath("secrets-journey"), JSON.stringify(order)]);
    const ways = ["signInByCode", "signInByCodeBeside", "signInPasted", "signIn", "stepUp"] as const;
    for (const name of [
      "ready",
      ...ways.flatMap((way) => [way, "callApi"] as const),
      "renewed",
      "signOut",
    ] as const) {
      app.tell(name);
      const [, outcome] = await app.wrote("stdout", /"type":"done".*"outcome":"(\w+)"/);
      expect(`${name}: ${outcome}`).toBe(`${name}: done`);
      if (name !== "callApi") continue;
      // The private part of the session's key, as the keyring has it.
      const kept = await bus.ask(
        "secret-tool",
        "lookup",
        "service",
        "+loopkey journey",
        "username",
        "default",
      );
      const key = /"d":"([\w-]{43})"/.exec(kept)?.[1];
      if (key !== undefined) secrets.push({ kind: "dpop_key", value: key });
    }
    app.tell("close");
    app.closeStdin();
    expect(await app.ended).toMatchObject({ code: 0 });
    const kinds = [...KINDS, "device_code", ...("dpop" in config ? ["dpop_key"] : [])];
    expectWellSearched(world, kinds, "stdout of the app", "file data/keyrings/login.keyring");
    const { besidesUrls } = search(world);
    expect(besidesUrls).toEqual([]);
  });
});

/** As an administrator would end the session: the app learns of it at its next refresh. */
async function revoke({ server: { issuer, clientId }, secrets }: World): Promise<void> {
  const { value: token } = secrets.findLast(({ kind }) => kind === "refresh_token")!;
  const body = new URLSearchParams({ client_id: clientId, token });
  expect((await fetch(`${issuer}/oauth/revoke`, { method: "POST", body })).status).toBe(200);
}
