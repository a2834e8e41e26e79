// The challenge is the one that the specification works out.
import { expect, it } from "vitest";
import { codeChallenge } from "../../../src/oauth/inside/code-challenge.js";

it("is that of RFC 7636, Appendix B", async () => {
  expect(await codeChallenge("dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk")).toBe(
    "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM",
  );
});
