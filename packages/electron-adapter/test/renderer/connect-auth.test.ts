import { reached } from "@loopkey/core/testing";
import { expect, test } from "vitest";
import { createTestApp } from "../support/app.js";

const isIn = ({ status }: { readonly status: string }): boolean => status === "authenticated";

test("a window signs in, calls the API and signs out, and sees each state as the client has it", async () => {
  const { openConnected, client, server } = await createTestApp({
    serve: { fetch: [{ origin: "https://id.example", methods: ["GET"], pathPrefix: "/api" }] },
  });
  const auth = await openConnected();
  const trail: string[] = [];
  auth.subscribe(({ status }) => status === trail.at(-1) || trail.push(status));
  expect(await auth.ready()).toMatchObject({ status: "idle" });

  const session = await auth.signIn();
  expect(session).toMatchObject({ claims: { sub: expect.any(String) } });
  await reached(auth, isIn);
  expect(auth.getState()).toMatchObject({ status: "authenticated", can: ["signIn", "signOut"] });

  const response = await auth.fetch("https://id.example/api");
  expect(response.status).toBe(200);
  expect(response.url).toBe("https://id.example/api");
  expect(await response.json()).toMatchObject({ name: "Ada Lovelace" });

  expect(await auth.signOut()).toEqual({ local: "done", revocation: "done", endSession: "done" });
  await reached(auth, ({ status }) => status === "logged-out");
  expect(client.getState().status).toBe("logged-out");
  expect(trail).toEqual([
    "idle",
    "awaiting-callback",
    "exchanging",
    "authenticated",
    "logging-out",
    "logged-out",
  ]);
  expect(server.violations).toEqual([]);
});
