import { describe, expect, test } from "vitest";
import type { Person } from "../src/index.js";
import { type App, POST_LOGOUT_URI, startApp, type Tokens } from "./app.js";

async function expectEnded(app: App, { accessToken, refreshToken }: Tokens): Promise<void> {
  expect((await app.callApi(accessToken)).status).toBe(401);
  const userinfo = await fetch(app.metadata.userinfo_endpoint!, {
    headers: { authorization: `Bearer ${accessToken}` },
  });
  expect(userinfo.status).toBe(401);
  expect(userinfo.headers.get("www-authenticate")).toContain('error="invalid_token"');
  await expect(app.refresh(refreshToken)).rejects.toMatchObject({ error: "invalid_grant" });
}

const parametersFor = (idToken: string) => ({
  id_token_hint: idToken,
  client_id: "loopkey-demo",
  post_logout_redirect_uri: POST_LOGOUT_URI,
  state: "a state",
});

const RETURNED = `${POST_LOGOUT_URI}?state=a+state`;

describe("logout with the ID token", () => {
  test.each(["with", "without"])(
    "ends the session and all its tokens, unasked, %s the browser's cookie",
    async (cookie) => {
      const app = await startApp();
      const signedIn = app.newPerson();
      const tokens = await app.signIn({ person: signedIn });
      const refreshed = await app.refresh(tokens.refreshToken);
      const person: Person = cookie === "with" ? signedIn : app.newPerson();
      const before = person.pagesSeen.length;
      expect(await person.follow(app.logoutUrl(parametersFor(tokens.idToken)))).toBe(RETURNED);
      expect(person.pagesSeen.slice(before)).toEqual([]);
      await expectEnded(app, refreshed);
      expect(app.events).toContainEqual(
        expect.objectContaining({ type: "session-ended", sids: [tokens.claims["sid"]] }),
      );
      // The browser is signed out too: the next sign-in asks for the password, not for consent.
      await app.signIn({ person: signedIn });
      expect(signedIn.pagesSeen).toEqual(["login", "consent", "login"]);
    },
  );

  test("works by POST from anywhere", async () => {
    const app = await startApp();
    const tokens = await app.signIn();
    const response = await fetch(app.metadata.end_session_endpoint!, {
      method: "POST",
      body: new URLSearchParams(parametersFor(tokens.idToken)),
      redirect: "manual",
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toBe(RETURNED);
    await expectEnded(app, tokens);
  });

  test("ends every sign-in of that session and none of another", async () => {
    const app = await startApp();
    const person = app.newPerson();
    const [one, two] = [await app.signIn({ person }), await app.signIn({ person })];
    const elsewhere = await app.signIn();
    await person.follow(app.logoutUrl(parametersFor(one.idToken)));
    await expectEnded(app, one);
    await expectEnded(app, two);
    expect((await app.callApi(elsewhere.accessToken)).status).toBe(200);
  });

  test("accepts an expired ID token", async () => {
    const app = await startApp({ idTokenSeconds: 1 });
    const tokens = await app.signIn();
    await expect.poll(() => Date.now() / 1000 > tokens.claims.exp, { timeout: 3000 }).toBe(true);
    expect(await app.newPerson().follow(app.logoutUrl(parametersFor(tokens.idToken)))).toBe(RETURNED);
    await expectEnded(app, tokens);
  });

  test("can be repeated, and needs no way back", async () => {
    const app = await startApp();
    const { idToken } = await app.signIn();
    const person = app.newPerson();
    for (let times = 0; times < 2; times += 1)
      expect(await person.follow(app.logoutUrl({ id_token_hint: idToken }))).toContain("/oauth/logout");
    expect(person.pagesSeen).toEqual(["message", "message"]);
  });

  test("refuses a forged one and one that does not fit client_id", async () => {
    const app = await startApp();
    const tokens = await app.signIn();
    const [header, , signature] = tokens.idToken.split(".");
    const payload = Buffer.from(JSON.stringify({ ...tokens.claims, sub: "somebody" })).toString("base64url");
    for (const parameters of [
      parametersFor(`${header}.${payload}.${signature}`),
      { ...parametersFor(tokens.idToken), client_id: "another" },
    ])
      await expect(app.newPerson().follow(app.logoutUrl(parameters))).rejects.toThrow("400");
    expect((await app.callApi(tokens.accessToken)).status).toBe(200);
  });
});

test("logout without the ID token returns to the app but ends nothing", async () => {
  const app = await startApp();
  const person = app.newPerson();
  const tokens = await app.signIn({ person });
  const { id_token_hint: _, ...parameters } = parametersFor(tokens.idToken);
  expect(await person.follow(app.logoutUrl(parameters))).toBe(RETURNED);
  expect((await app.callApi(tokens.accessToken)).status).toBe(200);
  await app.signIn({ person });
  expect(person.pagesSeen).toEqual(["login", "consent"]);
});
