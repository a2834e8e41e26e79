// The whole checklist once more, with every option for servers that differ: none of them relaxes anything.
import { describe } from "vitest";
import { inEveryWorld } from "../support/world.js";

inEveryWorld(({ issuer, isForDevices }) => ({
  serverOptions: { clientAuth: { secret: "hush-hush" } },
  config: {
    clientSecret: "hush-hush",
    clientSecretExpiresAt: Date.now() + 1e12,
    tokenEndpointAuthMethod: "client_secret_post",
    idTokenIssuer: [issuer, `${issuer}/{tid}/v2.0`],
    authorizationParams: { audience: "a" },
    tokenParams: { audience: "a" },
    keepResponseMembers: ["token_type", "expires_in", "scope"],
    apiOrigins: [
      { origin: "https://own-token.example", resource: "https://own-token.example" },
      { origin: "https://own-scope.example", scope: "own" },
    ],
    ...(isForDevices ? {} : { responseMode: "form_post" }),
  },
}));

describe("with every option for servers that differ", async () => {
  await import("./security-checklist.test.js");
  await import("./security-checklist-hostile.test.js");
  await import("./security-checklist-id-token.test.js");
  await import("./security-checklist-tokens.test.js");
});
