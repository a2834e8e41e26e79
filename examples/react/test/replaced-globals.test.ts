// @vitest-environment jsdom
// jsdom puts its own ArrayBuffer in place of the one that Web Crypto knows.
import { startIn, createFakeClock, createFakePorts, createFakeServer } from "@loopkey/core/testing";
import { createAuthClient } from "@loopkey/core";
import { expect, it } from "vitest";

it("what Web Crypto gives is no ArrayBuffer here", async () => {
  expect(await crypto.subtle.digest("SHA-256", new Uint8Array())).not.toBeInstanceOf(ArrayBuffer);
});

it("a person signs in all the same", async () => {
  const { client, server } = await startIn("idle");
  expect((await client.signIn()).subject).toBe("ada");
  expect(server.violations).toEqual([]);
});

it("with DPoP, which cannot work here, a sentence says why, and blames no server", async () => {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, offers: ["dpop"] });
  const client = createAuthClient(
    { issuer: server.issuer, clientId: "app", dpop: true },
    createFakePorts({ clock, server }),
  );
  await expect(client.signIn()).rejects.toMatchObject({
    code: "invalid_config",
    message: "ArrayBuffer is not the one that Web Crypto knows: it was replaced.",
    hint: expect.stringMatching(/jsdom/) as string,
  });
  await client.close();
});
