// The checklist on real sockets once more, with every option for servers that differ: none of them relaxes anything.
// A posted redirect and bound tokens: security-checklist-form-post.test.ts.
import { describe } from "vitest";
import { inEveryApp } from "./support/checklist-app.js";

const SECRET = "hush-hush";
const METADATA = "/of-its-own/metadata.json";

inEveryApp({ clientAuth: { secret: SECRET }, metadataPath: METADATA }, ({ issuer, elsewhereOrigin }) => ({
  clientSecret: SECRET,
  tokenEndpointAuthMethod: "client_secret_post",
  metadataUrl: issuer + METADATA,
  idTokenIssuer: [issuer, `${issuer}/{tid}/v2.0`],
  authorizationParams: { audience: "a" },
  tokenParams: { audience: "a" },
  // Another API of the app's: a redirect there takes no token along all the same.
  apiOrigins: [{ origin: elsewhereOrigin, resource: elsewhereOrigin }],
}));

describe("with every option for servers that differ", async () => {
  await import("./security-checklist.test.js");
  await import("./security-checklist-answers.test.js");
});
