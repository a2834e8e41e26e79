import { describe, expect, test } from "vitest";
import type { DeviceCodeOptions, IssuedSecret } from "../src/index.js";
import { type App, later, startApp } from "./app.js";
import { type Answer, call, post } from "./plain-client.js";

const GRANT = "urn:ietf:params:oauth:grant-type:device_code";

interface Begun {
  readonly app: App;
  readonly told: IssuedSecret[];
  readonly deviceCode: string;
  readonly userCode: string;
  readonly uri: string;
  readonly completeUri: string;
  readonly answer: Answer;
  readonly ask: () => Promise<Answer>;
}

async function begin(options: DeviceCodeOptions = {}): Promise<Begun> {
  const told: IssuedSecret[] = [];
  const app = await startApp({ deviceCode: options, onSecret: (secret) => told.push(secret) });
  const answer = await post(app.metadata.device_authorization_endpoint, {
    client_id: app.provider.clientId,
    scope: "openid offline_access",
  });
  const { device_code: deviceCode, user_code: userCode, verification_uri: uri } = answer.body as Codes;
  return {
    app,
    told,
    answer,
    deviceCode,
    userCode,
    uri,
    completeUri: answer.body["verification_uri_complete"] as string,
    ask: () =>
      post(app.metadata.token_endpoint, {
        client_id: app.provider.clientId,
        grant_type: GRANT,
        device_code: deviceCode,
      }),
  };
}

interface Codes {
  readonly [name: string]: string;
  readonly device_code: string;
  readonly user_code: string;
  readonly verification_uri: string;
}

test("the default profile has no device code", async () => {
  const { metadata, provider } = await startApp();
  expect(metadata.device_authorization_endpoint).toBeUndefined();
  expect((await fetch(`${provider.issuer}/device`)).status).toBe(404);
});

test("a device code comes with what the person needs, its lifetime and the interval", async () => {
  const { app, answer } = await begin({ expiresInSeconds: 120, intervalSeconds: 2 });
  expect(answer.status).toBe(200);
  expect(answer.body).toMatchObject({
    user_code: expect.stringMatching(/^[A-Z]{4}-[A-Z]{4}$/),
    verification_uri: `${app.provider.issuer}/device`,
    expires_in: 120,
    interval: 2,
  });
  expect(answer.body["verification_uri_complete"]).toBe(
    `${app.provider.issuer}/device?user_code=${String(answer.body["user_code"])}`,
  );
});

describe("a person", () => {
  test("types in the code, signs in, allows, and the app gets tokens that work", async () => {
    const { app, uri, userCode, ask } = await begin();
    const person = app.newPerson();
    await person.follow(uri, { userCode: userCode.toLowerCase().replace("-", " ") });
    expect(person.pagesSeen).toEqual(["device-code", "device-confirm", "login", "consent", "device-allowed"]);
    const { status, body } = await ask();
    expect(status).toBe(200);
    expect(body).toMatchObject({ token_type: "Bearer", scope: "openid offline_access" });
    expect((await app.callApi(body["access_token"] as string)).status).toBe(200);
    await expect(app.refresh(body["refresh_token"] as string)).resolves.toBeDefined();
  });

  test("finds the code filled in at the complete address, and must still confirm it", async () => {
    const { app, completeUri, userCode, ask } = await begin();
    const page = await (await fetch(completeUri)).text();
    expect(page).toContain(`value="${userCode}"`);
    expect(page).not.toContain("<script");
    const person = app.newPerson();
    await person.follow(completeUri);
    expect(person.pagesSeen.slice(0, 2)).toEqual(["device-code", "device-confirm"]);
    expect((await ask()).status).toBe(200);
  });

  test.each(["deny", "cancel"] as const)("can %s, and the app is told so, once", async (decision) => {
    const { app, completeUri, ask } = await begin({ intervalSeconds: 1 });
    const person = app.newPerson();
    await person.follow(completeUri, { decision });
    expect(person.pagesSeen.at(-1)).toBe("device-denied");
    expect(person.pagesSeen).toHaveLength(decision === "deny" ? 5 : 3);
    expect(await ask()).toMatchObject({ status: 400, body: { error: "access_denied" } });
    expect(app.events).toContainEqual({ type: "device-code-denied", clientId: "loopkey-demo" });
    expect(app.events).not.toContainEqual(expect.objectContaining({ type: "tokens-issued" }));
  });

  test("who mistypes is told so", async () => {
    const { app, uri } = await begin();
    await expect(app.newPerson().follow(uri, { userCode: "BBBB-BBBB" })).rejects.toThrow(
      "422: That code is not known here",
    );
  });

  test("cannot use a code twice", async () => {
    const { app, uri, userCode } = await begin();
    await app.newPerson().follow(uri, { userCode });
    await expect(app.newPerson().follow(uri, { userCode })).rejects.toThrow("422");
  });
});

describe("the app that asks", () => {
  test("before the person is done is told to wait", async () => {
    const { ask } = await begin();
    expect(await ask()).toMatchObject({ status: 400, body: { error: "authorization_pending" } });
  });

  test("too soon is told to slow down, also when the person is done", async () => {
    const { app, completeUri, ask } = await begin({ intervalSeconds: 1 });
    await ask();
    expect(await ask()).toMatchObject({ status: 400, body: { error: "slow_down" } });
    await app.newPerson().follow(completeUri);
    later(1);
    expect((await ask()).status).toBe(200);
  });

  test("too late is told so, and so is the person", async () => {
    const { app, uri, userCode, ask } = await begin({ expiresInSeconds: 1 });
    later(2);
    expect(await ask()).toMatchObject({ status: 400, body: { error: "expired_token" } });
    await expect(app.newPerson().follow(uri, { userCode })).rejects.toThrow("422: That code");
  });

  test("twice with one code loses what the first one got", async () => {
    const { app, completeUri, ask } = await begin({ intervalSeconds: 1 });
    await app.newPerson().follow(completeUri);
    const { body } = await ask();
    later(1);
    expect(await ask()).toMatchObject({ status: 400, body: { error: "invalid_grant" } });
    expect((await call(app.provider.apiUrl, body["access_token"] as string)).status).toBe(401);
  });
});

test("events tell of the device code, onSecret of its parts, and no event holds one", async () => {
  const { app, told, deviceCode, userCode, completeUri, ask } = await begin();
  await app.newPerson().follow(completeUri);
  await ask();
  expect(app.events.filter(({ type }) => /^(device-code|tokens)/.test(type))).toEqual([
    { type: "device-code-issued", clientId: "loopkey-demo" },
    { type: "device-code-allowed", clientId: "loopkey-demo", subject: "account-ada" },
    expect.objectContaining({ type: "tokens-issued", grantType: "device_code" }),
  ]);
  expect(told.slice(0, 2)).toEqual([
    { kind: "device_code", value: deviceCode },
    { kind: "user_code", value: userCode },
  ]);
  expect(told.map(({ kind }) => kind).slice(2)).toEqual(["access_token", "refresh_token", "id_token"]);
  for (const secret of [deviceCode, userCode]) expect(JSON.stringify(app.events)).not.toContain(secret);
});
