// `loopkey serve`: a whole session through its lines, and lines that are none of the protocol.
import { signInByHttp } from "@loopkey/example-identity-provider";
import { describe, expect, it } from "vitest";
import { startServer } from "./support/app.js";
import { createCli } from "./support/cli.js";
import { isListening } from "./support/redirect.js";
import { isValid, startSidecar, type Sidecar } from "./support/sidecar.js";

const PARAMS = { protocolVersion: 1, appName: "Sidecar e2e", store: "memory" };

async function startedSidecar(env: NodeJS.ProcessEnv = {}): Promise<Sidecar> {
  const cli = await createCli({ BROWSER: "true", ...env });
  return startSidecar({ env: cli.env });
}

async function waitingUrl(sidecar: Sidecar): Promise<string> {
  const state = await sidecar.reached((each) => each.status === "awaiting-callback" && "url" in each);
  return state["url"]!;
}

describe("a session through the sidecar", () => {
  it("signs in, gives tokens, calls the API, tells who it is, and signs out; each change is told", async () => {
    const server = await startServer();
    const sidecar = await startedSidecar();
    const { issuer, clientId } = server;
    const config = { issuer, clientId, scope: "openid profile offline_access" };
    const hello = await sidecar.get<{ readonly state: { readonly status: string } }>("initialize", {
      ...PARAMS,
      config,
    });
    expect(hello).toMatchObject({
      protocolVersion: 1,
      server: { name: "loopkey" },
      state: { status: "idle" },
    });

    const signingIn = sidecar.get("signIn", { openBrowser: false });
    await fetch(await signInByHttp(await waitingUrl(sidecar), server.account));
    expect(await signingIn).toMatchObject({ subject: "account-ada" });
    expect(await sidecar.get("getState")).toMatchObject({ status: "authenticated" });

    const first = await sidecar.get<{ readonly accessToken: string }>("getAccessToken");
    const second = await sidecar.get<{ readonly accessToken: string }>("getAccessToken", {
      forceRefresh: true,
    });
    expect(second.accessToken).not.toBe(first.accessToken);
    expect(second).toMatchObject({ expiresAt: expect.any(Number) });
    await sidecar.reached(({ status }) => status === "refreshing");

    const notes = await sidecar.get<{ readonly body: string }>("fetch", { url: server.apiUrl });
    expect(notes).toMatchObject({ status: 200, bodyEncoding: "utf8" });
    expect(JSON.parse(notes.body)).toBeTruthy();
    expect(await sidecar.get("userInfo")).toMatchObject({ sub: "account-ada", name: "Ada Lovelace" });
    expect(await sidecar.ask("fetch", { url: "https://elsewhere.example/" })).toMatchObject({
      error: { code: -32000, data: { code: "origin_not_allowed" } },
    });

    expect(await sidecar.get("signOut", { browser: false })).toEqual({
      local: "done",
      revocation: "done",
      endSession: "skipped",
    });
    expect(await sidecar.ask("getAccessToken")).toMatchObject({ error: { data: { code: "signed_out" } } });
    sidecar.child.stdin.end();
    expect(await sidecar.ended).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it("calls an API with a token that is bound to a key, and gives the token itself to nobody", async () => {
    const server = await startServer({ dpop: { requireApiNonce: true } });
    const sidecar = await startedSidecar();
    const { issuer, clientId } = server;
    await sidecar.get("initialize", { ...PARAMS, config: { issuer, clientId, dpop: true } });
    const signingIn = sidecar.get("signIn", { openBrowser: false });
    await fetch(await signInByHttp(await waitingUrl(sidecar), server.account));
    await signingIn;
    expect(await sidecar.get("fetch", { url: server.apiUrl })).toMatchObject({ status: 200 });
    expect(await sidecar.ask("getAccessToken")).toMatchObject({
      error: { data: { code: "invalid_config", detail: "dpop" } },
    });
  });

  it("takes a pasted redirect, and a code for any device", async () => {
    const server = await startServer({
      deviceCode: { intervalSeconds: 1 },
    });
    const sidecar = await startedSidecar();
    const { issuer, clientId } = server;
    await sidecar.get("initialize", { ...PARAMS, config: { issuer, clientId } });
    const signingIn = sidecar.get("signIn", { openBrowser: false });
    const url = await waitingUrl(sidecar);
    expect(
      await sidecar.ask("submitRedirect", { url: "http://127.0.0.1/callback?code=x&state=y" }),
    ).toMatchObject({
      error: { data: { code: "invalid_response" } },
    });
    await sidecar.get("useDeviceCode");
    await sidecar.reached((state) => "step" in state && state.step === "device");
    await sidecar.get("submitRedirect", { url: await signInByHttp(url, server.account) });
    expect(await signingIn).toMatchObject({ subject: "account-ada" });
  });

  it("gives up a sign-in by cancel, and a request by its id", async () => {
    const { issuer, clientId } = await startServer();
    const sidecar = await startedSidecar();
    await sidecar.get("initialize", { ...PARAMS, config: { issuer, clientId } });
    const given = sidecar.ask("signIn", { openBrowser: false });
    const redirect = new URL(new URL(await waitingUrl(sidecar)).searchParams.get("redirect_uri")!);
    await sidecar.get("cancel");
    expect(await given).toMatchObject({ error: { code: -32000, data: { code: "cancelled" } } });
    expect(await isListening(redirect)).toBe(false);

    const asked = sidecar.ask("signIn", { openBrowser: false }, "the second");
    sidecar.write('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"the second"}}');
    expect(await asked).toMatchObject({ error: { code: -32800, data: { code: "cancelled" } } });
    expect(await sidecar.get("getState")).toMatchObject({ status: "idle" });
  });
});

const READY = { jsonrpc: "2.0", id: "ok", method: "getState" };

describe("a line that is no message", () => {
  const cases: readonly (readonly [string, string | Buffer, number, string])[] = [
    ["not JSON", "{", -32700, "parse_error"],
    ["not UTF-8", Buffer.from([0x22, 0xff, 0x22]), -32700, "parse_error"],
    ["a raw control character", '{"jsonrpc":"2.0","id":1,"method":"get\u0007State"}', -32700, "parse_error"],
    ["a NUL", "\u0000", -32700, "parse_error"],
    ["a batch", `[${JSON.stringify(READY)}]`, -32600, "invalid_request"],
    ["an empty batch", "[]", -32600, "invalid_request"],
    ["null", "null", -32600, "invalid_request"],
    ["no object", "7", -32600, "invalid_request"],
    ["another version", '{"jsonrpc":"1.0","id":1,"method":"getState"}', -32600, "invalid_request"],
    ["an id that is none", '{"jsonrpc":"2.0","id":{},"method":"getState"}', -32600, "invalid_request"],
    ["a method that is no text", '{"jsonrpc":"2.0","id":1,"method":5}', -32600, "invalid_request"],
    ["an answer to nothing", '{"jsonrpc":"2.0","id":1,"result":{}}', -32600, "invalid_request"],
    [
      "parameters that are none",
      '{"jsonrpc":"2.0","id":1,"method":"getState","params":5}',
      -32602,
      "invalid_params",
    ],
    [
      "parameters by position",
      '{"jsonrpc":"2.0","id":1,"method":"signIn","params":[1]}',
      -32602,
      "invalid_params",
    ],
    [
      "an unknown member",
      '{"jsonrpc":"2.0","id":1,"method":"signIn","params":{"brwoser":1}}',
      -32602,
      "invalid_params",
    ],
    [
      "a member of the wrong type",
      '{"jsonrpc":"2.0","id":1,"method":"fetch","params":{"url":5}}',
      -32602,
      "invalid_params",
    ],
    [
      "a request that fetch would not send",
      '{"jsonrpc":"2.0","id":1,"method":"fetch","params":{"url":"https://x.example","body":"b"}}',
      -32602,
      "invalid_params",
    ],
    [
      "no parameters by position",
      '{"jsonrpc":"2.0","id":1,"method":"getState","params":[]}',
      -32602,
      "invalid_params",
    ],
    [
      "a member that every object has",
      '{"jsonrpc":"2.0","id":1,"method":"getState","params":{"__proto__":{}}}',
      -32602,
      "invalid_params",
    ],
    [
      "a request that is an answer too",
      '{"jsonrpc":"2.0","id":1,"method":"getState","result":{}}',
      -32600,
      "invalid_request",
    ],
    ["an unknown method", '{"jsonrpc":"2.0","id":1,"method":"toString"}', -32601, "method_not_found"],
    ["another one", '{"jsonrpc":"2.0","id":1,"method":"__proto__"}', -32601, "method_not_found"],
    [
      "initialize once more",
      `{"jsonrpc":"2.0","id":1,"method":"initialize","params":${JSON.stringify({ ...PARAMS, config: {} })}}`,
      -32600,
      "already_initialized",
    ],
    ["a huge line", `"${"x".repeat(33 * 1_048_576)}"`, -32600, "message_too_large"],
  ];

  it("gets an error with its code, and the connection lives", async () => {
    const { issuer, clientId } = await startServer();
    const sidecar = await startedSidecar();
    await sidecar.get("initialize", { ...PARAMS, config: { issuer, clientId } });
    for (const [name, line, number, code] of cases) {
      sidecar.write(line);
      // oxlint-disable-next-line no-await-in-loop
      const { error } = await sidecar.next((each) => each.error !== undefined);
      expect({ name, code: error?.code, data: error?.data }).toMatchObject({
        name,
        code: number,
        data: { code },
      });
      // oxlint-disable-next-line no-await-in-loop
      expect(await sidecar.get("getState")).toMatchObject({ status: "idle" });
    }
    sidecar.child.stdin.end();
    expect(await sidecar.ended).toEqual({ code: 0, signal: null, stderr: "" });
  });

  it("that is a batch is told to send a message a line", async () => {
    const sidecar = await startedSidecar();
    sidecar.write(`[${JSON.stringify(READY)}]`);
    const { error } = await sidecar.next(({ id }) => id === null);
    expect(error?.message).toBe("Batches are not taken: send a message a line.");
  });

  it("is refused by the schema too, where it is a JSON text", () => {
    const refused = cases
      .filter(([name, , , code]) => code !== "parse_error" && !/fetch would not|once more|huge/.test(name))
      .map(([name, line]) => [name, isValid("clientMessage", JSON.parse(String(line)))]);
    expect(refused.filter(([, valid]) => valid)).toEqual([]);
  });

  it("says nothing of what was sent, which may be a secret", async () => {
    const sidecar = await startedSidecar();
    sidecar.write(
      '{"jsonrpc":"2.0","id":1,"method":"initialize","params":{"protocolVersion":1,"appName":["hush-hush"]}}',
    );
    const { error } = await sidecar.next(({ id }) => id === 1);
    expect(error).toMatchObject({ code: -32602, data: { code: "invalid_params" } });
    expect(JSON.stringify(error)).not.toContain("hush-hush");
  });

  it("before initialize every other method is refused; a wrong configuration says what is wrong, and may be mended", async () => {
    const { issuer, clientId } = await startServer();
    const sidecar = await startedSidecar();
    expect(await sidecar.ask("getState")).toMatchObject({
      error: { code: -32002, data: { code: "not_initialized" } },
    });
    sidecar.write(
      `{"jsonrpc":"2.0","id":"v","method":"initialize","params":${JSON.stringify({ ...PARAMS, protocolVersion: 2, config: { issuer, clientId } })}}`,
    );
    expect(await sidecar.next(({ id }) => id === "v")).toMatchObject({
      error: { message: "params.protocolVersion: expected 1." },
    });
    sidecar.write(
      `{"jsonrpc":"2.0","id":"w","method":"initialize","params":${JSON.stringify({ ...PARAMS, config: { issuer: 5, clientId } })}}`,
    );
    expect(await sidecar.next(({ id }) => id === "w")).toMatchObject({
      error: { data: { code: "invalid_config" } },
    });
    expect(await sidecar.get("initialize", { ...PARAMS, config: { issuer, clientId } })).toBeTruthy();
  });

  it("with the id of a request that is not answered yet: refused without that id, and the first one is answered", async () => {
    const { issuer, clientId } = await startServer();
    const sidecar = await startedSidecar();
    await sidecar.get("initialize", { ...PARAMS, config: { issuer, clientId } });
    const first = sidecar.ask("signIn", { openBrowser: false }, 7);
    await waitingUrl(sidecar);
    sidecar.write('{"jsonrpc":"2.0","id":7,"method":"getState"}');
    expect(await sidecar.next(({ id }) => id === null)).toMatchObject({
      error: { data: { code: "duplicate_id" } },
    });
    await sidecar.get("cancel");
    expect(await first).toMatchObject({ id: 7, error: { data: { code: "cancelled" } } });
  });
});
