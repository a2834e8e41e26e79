// The security checklist (docs/security.md), what is received: everything is hostile.
import { describe, expect, it } from "vitest";
import type { AuthError } from "../../src/index.js";
import type { FakeServerOptions, SeenRequest } from "../../src/testing/index.js";
import { ENDPOINT_CALLS, endOf } from "../support/endpoints.js";
import {
  arrange,
  codeOf,
  errorOf,
  MINUTE,
  quiet,
  reached,
  SECOND,
  signedIn,
  statusOf,
  until,
  type World,
  type WorldOptions,
} from "../support/world.js";

/** The person allows, and somebody changes the redirect on its way. */
const redirectChanged = (change: (parameters: URLSearchParams) => void): WorldOptions => ({
  person: (url, { listener, server }) => {
    const redirect = new URL(server.authorize(url));
    change(redirect.searchParams);
    void listener.visit(redirect.href);
  },
});

describe("OAuth 2.1 4.1.2, 7.12: everything received is hostile", () => {
  it.each<[string, (parameters: URLSearchParams) => void]>([
    ["code", (parameters) => parameters.append("code", "another")],
    ["iss", (parameters) => parameters.append("iss", parameters.get("iss")!)],
    [
      "error",
      (parameters) => {
        parameters.append("error", "access_denied");
        parameters.append("error", "access_denied");
      },
    ],
  ])("duplicate parameters refused: %s", async (_, change) => {
    const world = await arrange(redirectChanged(change));
    expect(await codeOf(world.client.signIn())).toBe("invalid_response");
    expect(world.states.map(({ status }) => status)).not.toContain("exchanging");
    expect(world.server.requests.map(({ path }) => path)).not.toContain("/token");
    expect(world.store.record).toBeNull();
  });

  it("duplicate parameters refused: state, and the wait goes on", async () => {
    const { client, ports, server } = await arrange({ person: () => {} });
    const done = client.signIn();
    const { url } = (await reached(client, (state) => "browser" in state)) as { readonly url: string };
    const good = server.authorize(url);
    const twice = new URL(good);
    twice.searchParams.append("state", twice.searchParams.get("state")!);
    expect(await ports.listener.visit(twice.href)).toBe(400);
    await ports.listener.visit(good);
    expect((await done).subject).toBe("ada");
  });

  it("unknown parameters are ignored, also twice", async () => {
    const { server } = await signedIn(
      redirectChanged((parameters) => {
        for (const name of ["session_state", "vendor", "vendor", "constructor", "__proto__"])
          parameters.append(name, "x");
      }),
    );
    expect(server.violations).toEqual([]);
  });

  it("a code of 4 kB is fine, and comes to the server as it is", async () => {
    const world = await arrange();
    world.server.fault = "authorization-code-4k";
    await world.client.signIn();
    const { body } = world.server.requests.find(({ path }) => path === "/token")!;
    expect(body.get("code")!.length).toBeGreaterThan(4_000);
  });

  describe("terminal control characters of the server are in no message, page, state or notice:", () => {
    const HOSTILE = "\u001b]0;owned\u0007\u001b[2J\u009b31m\r\nok\u202e\u2066\u200b\u2028";
    // oxlint-disable-next-line no-control-regex
    const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u2069]/;
    const refusal = (): Response =>
      Response.json({ error: `invalid_request${HOSTILE}`, error_description: HOSTILE }, { status: 400 });
    const challenge = (): Response =>
      new Response(null, { status: 401, headers: { "www-authenticate": 'Bearer error="\u009b2J"' } });

    function expectPrintable(error: AuthError | undefined, { client, notices }: World, pages: unknown): void {
      const { message, hint, detail, oauthError } = error ?? {};
      const told = [message, hint, detail, oauthError, notices, client.getState(), pages];
      for (const text of textsIn(told)) expect(text).not.toMatch(UNPRINTABLE);
    }

    it.each(ENDPOINT_CALLS.filter(({ endpoint }) => endpoint !== "keys"))(
      "$endpoint",
      async ({ isAt, prepare, call }) => {
        for (const answer of [refusal, challenge]) {
          // oxlint-disable-next-line no-await-in-loop
          const world = await prepare();
          world.server.intercept = (request) => (isAt(request) ? answer() : undefined);
          // oxlint-disable-next-line no-await-in-loop
          const error = await call(world).then(
            () => undefined,
            (reason: unknown) => reason as AuthError,
          );
          expectPrintable(error, world, undefined);
        }
      },
    );

    it("authorization response", async () => {
      const pages: unknown[] = [];
      const world = await arrange({
        person: (url, { listener, server }) => {
          const redirect = new URL(server.authorize(url));
          redirect.searchParams.delete("code");
          redirect.searchParams.set("error", `x${HOSTILE}`);
          redirect.searchParams.set("error_description", `<b>no</b>${HOSTILE}`);
          void listener.visit(redirect.href).then((page) => pages.push(page));
        },
      });
      const error = await errorOf(world.client.signIn());
      expect(error.message).toContain("<b>no</b>");
      expectPrintable(error, world, pages);
      expect(pages).toHaveLength(1);
    });

    it("discovery document", async () => {
      const metadata: FakeServerOptions["metadata"] = { token_endpoint: `http://x.example/${HOSTILE}` };
      const world = await arrange({ serverOptions: { metadata } });
      expectPrintable(await errorOf(world.client.signIn()), world, undefined);
      // The same URL, with what a URL parser throws away: another issuer, named in message and hint.
      const issuer = `https://id.example${HOSTILE}`.replace(/[^\x20-\x7e\n\r\t]/g, "");
      for (const name of ["https://id.example\n\t", issuer]) {
        // oxlint-disable-next-line no-await-in-loop
        const unnamed = await arrange({ serverOptions: { metadata: { issuer: name } } });
        // oxlint-disable-next-line no-await-in-loop
        const error = await errorOf(unnamed.client.signIn());
        expect(error.code).toBe("discovery_failed");
        expectPrintable(error, unnamed, undefined);
      }
    });
  });

  describe("what was sent is in no error, where a server repeats it:", () => {
    const SECRETS = ["code", "code_verifier", "refresh_token", "token", "device_code"];
    const secretsIn = ({ body, authorization }: SeenRequest): readonly string[] =>
      [...SECRETS.map((name) => body.get(name)), authorization?.split(" ")[1]].filter(
        (each) => !!each,
      ) as string[];

    it.each(
      ENDPOINT_CALLS.filter(({ endpoint }) =>
        ["token (code)", "token (refresh)", "userinfo"].includes(endpoint),
      ),
    )("$endpoint", async ({ isAt, prepare, call }) => {
      const answers = [
        (said: string): Response => Response.json({ error: said, error_description: said }, { status: 400 }),
        (said: string): Response =>
          new Response(null, { status: 401, headers: { "www-authenticate": `Bearer error="${said}"` } }),
      ];
      for (const answer of answers) {
        // oxlint-disable-next-line no-await-in-loop
        const world = await prepare();
        let sent: readonly string[] = [];
        world.server.intercept = (request) => {
          if (!isAt(request)) return undefined;
          sent = secretsIn(request);
          return answer(sent.join(" "));
        };
        // oxlint-disable-next-line no-await-in-loop
        const error = await errorOf(call(world));
        const { message, detail, hint, oauthError } = error;
        const told = JSON.stringify([
          message,
          detail,
          hint,
          oauthError,
          world.client.getState(),
          world.notices,
        ]);
        expect(sent.length).toBeGreaterThan(0);
        for (const secret of sent) expect(told).not.toContain(secret);
      }
    });
  });

  describe("bodies are limited in size, and what is over is not even read:", () => {
    it.each(ENDPOINT_CALLS)("$endpoint", async ({ isAt, prepare, call, broken }) => {
      const world = await prepare();
      const body = endlessBody();
      world.server.intercept = (request) => (isAt(request) ? body.response() : undefined);
      expect(await endOf(call(world))).toBe(broken);
      expect(body.bytes()).toBeGreaterThan(1024 * 1024);
      expect(body.bytes()).toBeLessThan(1.5 * 1024 * 1024);
      expect(body.isCancelled()).toBe(true);
    });
  });

  describe("every call ends in time:", () => {
    it.each(ENDPOINT_CALLS)("$endpoint", async ({ isAt, prepare, call, passing, requests = 1 }) => {
      const world = await prepare();
      world.server.intercept = (request) => (isAt(request) ? new Promise<Response>(() => {}) : undefined);
      const end = endOf(call(world));
      for (let nth = 1; nth <= requests; nth++) {
        // oxlint-disable-next-line no-await-in-loop
        await until(() => world.server.requests.filter(isAt).length === nth);
        // oxlint-disable-next-line no-await-in-loop
        await world.clock.advance(30 * SECOND - (nth === requests ? 1 : 0));
      }
      expect(await statusOf(end)).toBe("pending");
      await world.clock.advance(1);
      expect(await end).toBe(passing);
    });

    it("a body that comes a byte at a time", async () => {
      const world = await arrange();
      let body: ReadableStreamDefaultController<Uint8Array> | undefined;
      const stream = new ReadableStream<Uint8Array>({ start: (controller) => void (body = controller) });
      world.server.intercept = ({ path }) => (path === "/token" ? new Response(stream) : undefined);
      const end = codeOf(world.client.signIn());
      await until(() => world.server.requests.some(({ path }) => path === "/token"));
      for (let second = 0; second < 30; second++) {
        body!.enqueue(new Uint8Array([0x20]));
        // oxlint-disable-next-line no-await-in-loop
        await world.clock.advance(SECOND);
      }
      expect(await end).toBe("temporarily_unavailable");
    });

    it("the person, the browser's visit at the end, and a device code", async () => {
      const { client, clock } = await arrange({ person: () => {}, serverOptions: { offers: ["device"] } });
      const signIn = codeOf(client.signIn());
      await reached(client, (state) => "browser" in state);
      await clock.advance(5 * MINUTE);
      expect(await signIn).toBe("timed_out");
      const device = codeOf(client.signIn({ flow: "device" }));
      await reached(client, (state) => "device" in state);
      await clock.advance(5 * MINUTE);
      await quiet();
      expect(await device).toBe("timed_out");

      const { client: other, clock: time } = await signedIn({
        person: (url, { listener, server }) => {
          if (url.includes("response_type")) void listener.visit(server.authorize(url));
        },
      });
      const signOut = other.signOut();
      await reached(other, (state) => "url" in state);
      await time.advance(MINUTE);
      expect(await signOut).toMatchObject({ local: "done", endSession: "failed" });
    });
  });
});

function textsIn(value: unknown): readonly string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(textsIn) : [];
}

/** A body without an end, which counts what was taken of it. */
function endlessBody() {
  const chunk = new Uint8Array(64 * 1024).fill(0x20);
  let bytes = 0;
  let isCancelled = false;
  return {
    bytes: () => bytes,
    isCancelled: () => isCancelled,
    response: () =>
      new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            bytes += chunk.byteLength;
            controller.enqueue(chunk);
          },
          cancel() {
            isCancelled = true;
          },
        }),
        { headers: { "content-type": "application/json" } },
      ),
  };
}
