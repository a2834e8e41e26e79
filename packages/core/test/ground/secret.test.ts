import { Writable } from "node:stream";
import { Console } from "node:console";
import { format, inspect } from "node:util";
import { describe, expect, it } from "vitest";
import { createActor, waitFor, type InspectionEvent } from "xstate";
import { createActors } from "../../src/actors/create-actors.js";
import { host } from "../../src/actors/hosting.js";
import { createAttempt } from "../../src/oauth/sign-in-attempt.js";
import { resolveConfig } from "../../src/config/config.js";
import { Secret } from "../../src/index.js";
import { authMachine } from "../../src/machine/machine.js";
import { steadily } from "../../src/ports/steady-clock.js";
import { createOAuthContext } from "../../src/oauth/context.js";
import { createKnownServer } from "../../src/oauth/known-server.js";
import { createFakeClock, createFakePorts, createFakeServer } from "../../src/testing/index.js";

const HIDDEN = "access-token-1234";

function shownSpread(secret: object): string {
  return JSON.stringify({ ...secret }) + inspect({ ...secret }, { showHidden: true });
}

describe("a Secret", () => {
  const secret = new Secret(HIDDEN);

  it("gives its value to reveal(), and to nothing else", () => {
    expect(secret.reveal()).toBe(HIDDEN);
    expect(Reflect.ownKeys(secret)).toEqual([]);
  });

  it.each<[string, () => unknown]>([
    ["JSON", () => JSON.stringify({ deep: [secret] })],
    ["a template", () => `seen: ${secret as unknown as string}`],
    ["concatenation", () => "token " + String(secret)],
    ["inspect", () => inspect({ deep: { secret } }, { depth: 10, showHidden: true, getters: true })],
    ["inspect without the custom hook", () => inspect(secret, { customInspect: false, showHidden: true })],
    ["format", () => format("%s %o %O %j %d", secret, secret, secret, secret, secret)],
    ["a structured clone", () => inspect(structuredClone({ secret }), { showHidden: true, depth: 10 })],
    ["a spread", () => shownSpread(secret)],
    ["Object.assign", () => inspect(Object.assign({}, secret), { showHidden: true })],
    ["its entries", () => inspect(Object.entries(Object.getOwnPropertyDescriptors(secret)))],
    ["an error's cause", () => inspect(new Error("failed", { cause: secret }), { depth: 10 })],
    ["an error's message", () => new Error(`failed with ${String(secret)}`).message],
    ["URL parameters", () => new URLSearchParams({ secret: String(secret) }).toString()],
  ])("does not show in %s", (_, show) => {
    expect(show()).not.toContain(HIDDEN);
  });

  it("says that it is one, in a log", () => {
    expect(JSON.stringify({ secret })).toBe('{"secret":"[secret]"}');
    expect(inspect({ secret })).toBe("{ secret: [secret] }");
    expect(String(secret)).toBe("[secret]");
  });

  it("does not show on the console", () => {
    const written: string[] = [];
    const stream = new Writable({
      write(chunk, _, done) {
        written.push(String(chunk));
        done();
      },
    });
    const own = new Console(stream, stream);
    own.log(secret, { secret }, [secret]);
    own.error("%s %o %j", secret, secret, secret);
    own.dir({ secret }, { depth: 10, showHidden: true });
    own.table([{ secret }]);
    expect(written.length).toBeGreaterThan(3);
    expect(written.join("")).not.toContain(HIDDEN);
  });

  it("hides objects as well as text", () => {
    const url = new Secret(new URL(`http://127.0.0.1/?code=${HIDDEN}`));
    expect(inspect(url, { depth: 10, showHidden: true }) + JSON.stringify(url)).not.toContain(HIDDEN);
  });
});

describe("a whole sign-in under inspection", () => {
  /** What an inspector or a log sees of a value. Not of the machine's definition, which is the same for everyone. */
  const shown = (value: object): string => {
    const { type, event, snapshot } = value as Record<string, unknown>;
    const { context, input, output, error } = (snapshot ?? {}) as Record<string, unknown>;
    const data = { type, event, context, input, output, error };
    return `${JSON.stringify(value)}\n${inspect(value)}\n${inspect(data, { depth: 20, breakLength: Infinity, maxStringLength: Infinity })}`;
  };

  async function inspected(decision: "allow" | "deny" | "refuse" | "cancel") {
    const clock = createFakeClock();
    const server = await createFakeServer({ clock });
    if (decision === "refuse")
      server.intercept = ({ path }) =>
        path === "/token" ? Response.json({ error: "invalid_grant" }, { status: 400 }) : undefined;
    const ports = createFakePorts({
      clock,
      server,
      person: (url, { listener }) => {
        if (decision === "cancel") actor.send({ type: "cancel" });
        else void listener.visit(server.authorize(url, decision === "deny" ? "deny" : "allow"));
      },
    });
    const config = resolveConfig({ issuer: server.issuer, clientId: "app" });
    const oauth = createOAuthContext(config, ports);
    const attempt = createAttempt(1, {}, config, clock);

    const seen: string[] = [];
    const states = new Set<string>();
    const urlAt = new Set<string>();
    const observe = (event: InspectionEvent): void => {
      seen.push(shown(event));
      // As structured data too: which members hold the authorization URL.
      const { event: cause, snapshot, actorRef } = event as unknown as Record<string, unknown>;
      const who = String((actorRef as { readonly id?: string } | undefined)?.id).replace(
        /^x:\d+$/,
        "machine",
      );
      const walk = (value: unknown, path: string): void => {
        if (typeof value === "string" && value.includes("code_challenge=")) urlAt.add(`${who} ${path}`);
        else if (typeof value === "object" && value !== null)
          for (const [name, member] of Object.entries(value)) walk(member, path ? `${path}.${name}` : name);
      };
      walk(JSON.parse(JSON.stringify({ event: cause, snapshot })), "");
    };
    const actor = createActor(authMachine, {
      input: {
        clientId: "app",
        refreshOnStart: true,
        ownsConnections: false,
        random: () => 0,
        now: () => clock.now(),
      },
      inspect: observe,
    });
    host(actor, createActors(config, steadily(ports), oauth, createKnownServer(oauth, steadily(ports))));
    const emitted: string[] = [];
    actor.on("*", (event) => emitted.push(shown(event)));
    actor.subscribe((snapshot) => {
      states.add(JSON.stringify(snapshot.value));
      seen.push(shown({ snapshot }), shown({ snapshot: actor.getPersistedSnapshot() }));
    });
    actor.start();
    await waitFor(actor, (snapshot) => snapshot.matches("idle"));
    actor.send({ type: "signIn", attempt });
    await waitFor(actor, (snapshot) => snapshot.matches("authenticated") || snapshot.matches("idle"));
    const value = actor.getSnapshot().value;
    const nonce = attempt.proof.nonce.reveal();
    actor.stop();
    return { server, attempt, nonce, url: ports.opened[0]!, seen, emitted, states, urlAt, value };
  }

  it.each([
    ["allow", "authenticated"],
    ["deny", "idle"],
    ["refuse", "idle"],
    ["cancel", "idle"],
  ] as const)(
    "that ends with %s shows no secret in any event, snapshot or persisted snapshot",
    async (decision, end) => {
      const { server, attempt, nonce, url, seen, emitted, states, value } = await inspected(decision);
      expect(value).toBe(end);
      expect(states).toContain('{"awaiting-callback":"discovering"}');
      if (decision === "allow") {
        expect(states).toContain('{"exchanging":"redeeming"}');
        expect(states).toContain('{"exchanging":"saving"}');
        expect(server.secrets.map((secret) => secret.split(/[-.]/)[0])).toEqual(
          expect.arrayContaining(["code", "access", "refresh"]),
        );
      }
      expect(seen.length).toBeGreaterThan(10);

      // Named exception: the authorization URL, which is made to be shown. Whole, and not in parts.
      expect(seen.some((text) => text.includes(url))).toBe(true);
      const rest = [...seen, ...emitted].map((text) => text.replaceAll(url, "<url>"));
      const challenge = new URL(url).searchParams.get("code_challenge")!;
      const needles = [
        ...server.secrets,
        attempt.proof.codeVerifier.reveal(),
        attempt.proof.state.reveal(),
        nonce,
        challenge,
      ];
      for (const needle of needles) {
        expect(needle.length).toBeGreaterThan(20);
        expect(rest.filter((text) => text.includes(needle))).toEqual([]);
      }
      for (const needle of [...server.secrets, attempt.proof.codeVerifier.reveal(), challenge])
        expect(emitted.join("\n")).not.toContain(needle);
    },
  );

  it("shows the authorization URL as the attempt's url, the answer that built it and the input of openBrowser only", async () => {
    const { urlAt } = await inspected("allow");
    // The request that redeems the code is handed the whole attempt, which shows the URL once more.
    const places = [...urlAt].filter((place) => !place.startsWith("redeemCode "));
    expect(places.toSorted()).toEqual([
      "buildRequest event.data.url",
      "buildRequest snapshot.output.url",
      "machine event.output.url",
      "machine snapshot.context.attempt.url",
      "openBrowser event.input.url",
      "openBrowser snapshot.input.url",
    ]);
  });
});
