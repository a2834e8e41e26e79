// The security checklist (docs/security.md), where requests go: https everywhere, and nowhere that an answer points to.
import { describe, expect, it } from "vitest";
import { createAuthClient, type AuthConfig } from "../../src/index.js";
import { createFakeClock, createFakePorts, createFakeServer } from "../../src/testing/index.js";
import { ENDPOINT_CALLS, endOf } from "../support/endpoints.js";
import { arrange, errorOf, signedIn } from "../support/world.js";

const offers = ["par", "dpop", "device", "registration"] as const;

describe("RFC 9700 2.6, OAuth 2.1 1.5: https everywhere, http only on loopback; redirects at the token endpoint not followed", () => {
  const endpoints = [
    "authorization_endpoint",
    "token_endpoint",
    "userinfo_endpoint",
    "jwks_uri",
    "revocation_endpoint",
    "end_session_endpoint",
    "pushed_authorization_request_endpoint",
    "device_authorization_endpoint",
    "registration_endpoint",
  ];
  const inTheClear = [
    "http://id.example/x",
    "http://127.0.0.1.example/x",
    "http://localhost@id.example/x",
    "http://192.0.2.1/x",
    "ftp://id.example/x",
    "javascript:alert(1)",
  ];

  it.each(endpoints)("an endpoint in the clear is refused, each by itself: %s", async (name) => {
    for (const url of inTheClear) {
      const metadata = { [name]: url };
      // oxlint-disable-next-line no-await-in-loop
      const world = await arrange({ serverOptions: { offers, metadata } });
      // oxlint-disable-next-line no-await-in-loop
      const error = await errorOf(world.client.signIn());
      expect(error, url).toMatchObject({ code: "insecure_endpoint", detail: name });
      expect(world.server.requests.map(({ path }) => path)).toEqual(["/.well-known/openid-configuration"]);
      expect(world.ports.opened).toEqual([]);
    }
  });

  it.each(endpoints)("the same in metadata that the app gives: %s", async (name) => {
    const clock = createFakeClock();
    const server = await createFakeServer({ clock, offers });
    const given = {
      issuer: server.issuer,
      authorization_endpoint: `${server.issuer}/authorize`,
      token_endpoint: `${server.issuer}/token`,
      [name]: "http://id.example/x",
    };
    const ports = createFakePorts({ clock, server });
    const create = () => createAuthClient({ server: given, clientId: "app" }, ports);
    expect(create).toThrow(expect.objectContaining({ code: "insecure_endpoint", detail: name }));
  });

  it.each<[string, Partial<AuthConfig>, string]>([
    ["issuer", { issuer: "http://id.example" }, "insecure_endpoint"],
    ["API", { apiOrigins: ["http://api.example"] }, "invalid_config"],
  ])("the app's own http %s is refused", async (_, config, code) => {
    await expect(arrange({}, config)).rejects.toMatchObject({ code });
  });

  it.each(["verification_uri", "verification_uri_complete"])(
    "an address to enter a code at is refused in the clear: %s",
    async (name) => {
      const { client, server } = await arrange({ serverOptions: { offers } }, { flow: "device" });
      server.intercept = ({ path }) =>
        path === "/device"
          ? Response.json({
              device_code: "d",
              user_code: "ABCD",
              verification_uri: "https://id.example/activate",
              expires_in: 60,
              [name]: "http://id.example/activate",
            })
          : undefined;
      expect(await errorOf(client.signIn())).toMatchObject({ code: "insecure_endpoint", detail: name });
    },
  );

  it.each(["http://127.0.0.1:9000", "http://[::1]:9000", "http://localhost:9000"])(
    "http is taken on loopback: %s",
    async (issuer) => {
      const { server } = await signedIn({ serverOptions: { issuer } });
      expect(server.violations).toEqual([]);
    },
  );

  describe.each([301, 302, 303, 307, 308])("a redirect is not followed (%i):", (status) => {
    it.each(ENDPOINT_CALLS)("$endpoint", async ({ isAt, prepare, call, broken }) => {
      const world = await prepare();
      const headers = { location: "https://elsewhere.example/collect" };
      world.server.intercept = (request) =>
        isAt(request) ? new Response(null, { status, headers }) : undefined;
      expect(await endOf(call(world))).toBe(broken);
      expect(world.server.elsewhere).toEqual([]);
      expect(world.server.requests.some(isAt)).toBe(true);
    });
  });
});
