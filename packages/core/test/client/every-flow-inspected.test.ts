// Every way in and out under the eyes of everybody who may look: inspectors, snapshots, states, notices, results and errors.
import { inspect } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import type { AuthClient, AuthConfig } from "../../src/index.js";
import { actorOf } from "../../src/machine-entry.js";
import type { FakeServer } from "../../src/testing/index.js";
import {
  arrange,
  HOUR,
  pass,
  quiet,
  reached,
  until,
  type World,
  type WorldOptions,
} from "../support/world.js";

const OFFERS = ["par", "dpop", "device", "registration"] as const;

interface Sight extends World {
  /** Everything that showed, with where. */
  readonly seen: { readonly where: string; readonly text: string }[];
  /** Notes what a call gives or throws. */
  readonly outcome: <T>(where: string, call: Promise<T>) => Promise<T | undefined>;
}

async function watched(options: WorldOptions, config: Partial<AuthConfig>): Promise<Sight> {
  const world = await arrange(
    { ...options, serverOptions: { offers: OFFERS, ...options.serverOptions } },
    config,
  );
  const seen: { where: string; text: string }[] = [];
  const see = (where: string, value: unknown): void => {
    const deep = { depth: 20, showHidden: true, breakLength: Infinity, maxStringLength: Infinity } as const;
    seen.push({ where, text: `${JSON.stringify(value)}\n${inspect(value, deep)}\n${String(value)}` });
  };
  const actor = actorOf(world.client);
  const observation = actor.system.inspect((event) => {
    const { type, snapshot, event: cause } = event as unknown as Record<string, unknown>;
    const { context, input, output, error } = (snapshot ?? {}) as Record<string, unknown>;
    // Not the machine's definition, which is the same for everyone.
    seen.push({ where: "inspection in JSON", text: JSON.stringify(event) });
    see("inspection", { type, cause, context, input, output, error });
    see("snapshot", actor.getPersistedSnapshot());
  });
  onTestFinished(() => observation.unsubscribe());
  actor.on("*", (emitted) => see("emitted", emitted));
  world.client.subscribe((state) => see("state", state));
  return {
    ...world,
    seen,
    outcome: (where, call) =>
      call.then(
        (result) => (see(`result of ${where}`, result), result),
        (error: unknown) => {
          see(`error of ${where}`, error);
          return undefined;
        },
      ),
  };
}

/** What must show nowhere. The authorization URL holds `state` and `nonce`, and is taken out first. */
function leaks({ seen, server, ports, notices, store }: Sight): string[] {
  const { state, nonce } = Object.fromEntries(
    server.authorizations.flatMap((each) => [...each]).filter(([name]) => ["state", "nonce"].includes(name)),
  );
  const key = /"d":"([\w-]+)"/.exec(store.record ?? "")?.[1];
  const verifiers = server.requests.flatMap(({ body }) => body.get("code_verifier") ?? []);
  const secrets = [...server.secrets, ...verifiers, state, nonce, key].filter((each) => each !== undefined);
  expect(secrets.length).toBeGreaterThan(3);
  const all = [...seen, { where: "notices", text: inspect(notices, { depth: 9 }) }];
  return all.flatMap(({ where, text }) => {
    const rest = ports.opened.reduce((left, url) => left.replaceAll(url, "<authorization URL>"), text);
    return secrets
      .filter((secret) => rest.includes(secret))
      .map((secret) => `${where}: ${secret.slice(0, 12)}`);
  });
}

async function byCode({ client, server, clock }: Sight, call: Promise<unknown>): Promise<void> {
  const state = await reached(client, (each) => "device" in each);
  if ("device" in state && state.device) server.approveDevice(state.device.userCode);
  for (let second = 0; second < 8; second++) {
    // oxlint-disable-next-line no-await-in-loop
    await clock.advance(1_000);
    // oxlint-disable-next-line no-await-in-loop
    await quiet();
  }
  await call;
}

/** A server that repeats what it was sent, as badly as it can. */
function echoes(server: FakeServer): void {
  server.intercept = ({ path, text, headers }) =>
    path === "/token" || path === "/revoke"
      ? Response.json(
          { error: "invalid_request", error_description: `${text} ${headers.get("dpop")}` },
          { status: 400 },
        )
      : undefined;
}

const nobody = { person: () => {} };
type Flow = readonly [
  name: string,
  options: WorldOptions,
  config: Partial<AuthConfig>,
  run: (world: Sight) => Promise<void>,
];

const FLOWS: readonly Flow[] = [
  [
    "sign-in, API, userinfo, refresh and sign-out",
    {},
    {},
    async (world) => {
      const { client, outcome, server } = world;
      await outcome("signIn", client.signIn());
      await outcome("fetch", client.fetch(`${server.issuer}/api`));
      await outcome("userInfo", client.userInfo());
      await pass(world, HOUR);
      await outcome("signOut", client.signOut());
    },
  ],
  [
    "PAR and DPoP with nonces",
    {},
    { par: "always", dpop: true },
    async (world) => {
      const { client, outcome, server } = world;
      server.demandsNonce = ["token", "api"];
      await outcome("signIn", client.signIn());
      await outcome("fetch", client.fetch(`${server.issuer}/api`));
      await outcome("getAccessToken", client.getAccessToken());
      await pass(world, HOUR);
      await outcome("fetch again", client.fetch(`${server.issuer}/api`));
    },
  ],
  [
    "a device code",
    {},
    { flow: "device", dpop: true },
    async (world) => byCode(world, world.outcome("signIn", world.client.signIn())),
  ],
  [
    "a device code beside a browser",
    nobody,
    {},
    async (world) => {
      const call = world.outcome("signIn", world.client.signIn());
      await reached(world.client, (state) => "step" in state && state.step === "waiting");
      world.client.useDeviceCode();
      await byCode(world, call);
    },
  ],
  [
    "a pasted redirect, wrong and then right",
    nobody,
    {},
    async ({ client, server, outcome }) => {
      const call = outcome("signIn", client.signIn());
      const state = await reached(client, (each) => "step" in each && each.step === "waiting");
      const redirect = server.authorize("url" in state ? state.url : "");
      const paste = async (url: string): Promise<void> => client.submitRedirect(url);
      await outcome("submitRedirect", paste(redirect.replace("state=", "state=x")));
      await outcome("submitRedirect", paste(redirect));
      await call;
    },
  ],
  [
    "a step-up",
    {},
    {},
    async ({ client, server, outcome }) => {
      server.acr = "urn:weak";
      await outcome("signIn", client.signIn());
      await outcome("fetch", client.fetch(`${server.issuer}/api/strict`));
      await outcome("signIn again", client.signIn({ acrValues: ["urn:strong"] }));
      server.acr = undefined;
      await outcome("signIn once more", client.signIn({ acrValues: ["urn:strong"] }));
    },
  ],
  [
    "a server that repeats what it was sent",
    {},
    { dpop: true },
    async (world) => {
      const { client, outcome, server } = world;
      await outcome("signIn", client.signIn());
      echoes(server);
      await outcome("signIn", client.signIn());
      await pass(world, HOUR);
      await outcome("fetch", client.fetch(`${server.issuer}/api`));
      await outcome("signOut", client.signOut({ browser: false }));
    },
  ],
  [
    "an ID token that does not hold, and a session that was ended",
    {},
    {},
    async (world) => {
      const { client, outcome, server } = world;
      server.idTokenClaims = { aud: "another" };
      await outcome("signIn", client.signIn());
      server.idTokenClaims = {};
      await outcome("signIn", client.signIn());
      server.endSessions();
      await outcome("userInfo", client.userInfo());
    },
  ],
];

describe("secrets: inspection events, snapshots, states, notices, results and errors show none in", () => {
  it.each(FLOWS)("%s", async (_, options, config, run) => {
    const world = await watched(options, config);
    await run(world);
    await until(() => world.seen.length > 20);
    expect(leaks(world)).toEqual([]);
    expect(world.server.violations).toEqual([]);
  });

  it("and the search finds what is planted", async () => {
    const world = await watched({}, {});
    await world.outcome("signIn", world.client.signIn());
    await world.outcome("planted", world.client.getAccessToken());
    expect(leaks(world)).toEqual([expect.stringMatching(/^result of planted: access-/)]);
  });
});

it("actorOf() takes a client only", () => {
  expect(() => actorOf({} as AuthClient)).toThrow(TypeError);
});
