import { describe, expect, it } from "vitest";
import { FAULT_NAMES, FAULTS, faultContract, type FaultName } from "../../src/testing/index.js";
import { createVirtualSetting } from "../support/virtual-setting.js";

describe("the list of faults", () => {
  it("has at least 120", () => {
    expect(FAULT_NAMES.length).toBeGreaterThanOrEqual(120);
  });

  it("says in a sentence what each is", () => {
    for (const name of FAULT_NAMES) expect(FAULTS[name].description, name).toMatch(/^[A-Z].*\.$/);
  });
});

describe("in virtual time", () => {
  const cases = faultContract(() => createVirtualSetting());
  for (const each of cases) it(each.name, () => each.run());
});

describe("in virtual time, with the options for servers that differ", () => {
  const issuer = "https://id.example";
  const create = () =>
    createVirtualSetting({
      serverOptions: { clientAuth: { secret: "hush-hush" } },
      config: {
        clientSecret: "hush-hush",
        idTokenIssuer: issuer,
        authorizationParams: { audience: "a" },
        tokenParams: { audience: "a" },
        keepResponseMembers: ["token_type", "expires_in", "scope"],
        apiOrigins: [{ origin: "https://api.example", resource: "https://api.example" }],
      },
    });
  for (const each of faultContract(create)) it(each.name, () => each.run());
});

describe("in virtual time, with metadata at an address of its own, a secret by Basic that ends, and a redirect that is posted", () => {
  const issuer = "https://id.example";
  const create = (fault: FaultName) =>
    createVirtualSetting({
      serverOptions: { clientAuth: { secret: "hush-hush", methods: ["client_secret_basic"] } },
      config: {
        metadataUrl: `${issuer}/.well-known/openid-configuration`,
        idTokenIssuer: [issuer, `${issuer}/{tid}/v2.0`],
        clientSecret: "hush-hush",
        clientSecretExpiresAt: Date.now() + 1e9,
        tokenEndpointAuthMethod: "client_secret_basic",
        // A device has nobody who could post a form.
        responseMode: FAULTS[fault].client.flow === "device" ? "query" : "form_post",
        apiOrigins: [
          { origin: "https://api.example", resource: "https://api.example" },
          { origin: "https://other-api.example", scope: "other" },
        ],
      },
    });
  for (const each of faultContract(create)) it(each.name, () => each.run());
});
