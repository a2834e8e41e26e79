// An API that sends on to another origin, with the runtime's own fetch: who is asked there has not seen the token.
import { expect, it } from "vitest";
import { startApp } from "./support/checklist-app.js";

/** Signed in, at an API that sends on to another origin, which answers with this challenge. */
async function sentOnTo(challenge: string) {
  const app = await startApp();
  const { server } = app;
  await app.signIn();
  server.intercept = ({ path }) => {
    if (path === "/api")
      return new Response(null, { status: 307, headers: { location: `${server.elsewhereOrigin}/x` } });
    const headers = { "www-authenticate": challenge };
    return path === "/x" ? new Response("not yours", { status: 401, headers }) : undefined;
  };
  return app;
}

it("a stranger cannot ask the person for another sign-in in the API's name", async () => {
  const { client, server } = await sentOnTo(
    'Bearer error="insufficient_user_authentication", acr_values="x"',
  );
  const response = await client.fetch(`${server.issuer}/api`);
  expect(response.status).toBe(401);
  expect(await response.text()).toBe("not yours");
});

it("a stranger cannot have the token renewed", async () => {
  const { client, server } = await sentOnTo('Bearer error="invalid_token"');
  expect((await client.fetch(`${server.issuer}/api`)).status).toBe(401);
  const grants = server.requests.map(({ body }) => body.get("grant_type"));
  expect(grants).not.toContain("refresh_token");
  expect(server.elsewhere).toMatchObject([{ path: "/x", authorization: null }]);
});
