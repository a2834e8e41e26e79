import { describe, expect, it } from "vitest";
import { createLineSplitter } from "../../src/serve/inside/lines.js";
import { createSidecar } from "./support.js";

describe("lines", () => {
  const split = (limit: number, ...chunks: readonly string[]): readonly string[] => {
    const lines: string[] = [];
    const take = createLineSplitter(
      limit,
      (line) => lines.push(line.toString("utf8")),
      () => lines.push("TOO LONG"),
    );
    for (const chunk of chunks) take(Buffer.from(chunk, "latin1"));
    return lines;
  };

  it("are put together from chunks, wherever those end", () => {
    const bytes = Buffer.from('{"a":"é"}\n{"b":1}\n\n{"c"').toString("latin1");
    expect(split(100, ...bytes.split(""))).toEqual(['{"a":"é"}', '{"b":1}', ""]);
    expect(split(100, bytes)).toEqual(['{"a":"é"}', '{"b":1}', ""]);
  });

  it("that are too long are told once, at once, and the next one is read", () => {
    expect(split(4, "12345")).toEqual(["TOO LONG"]);
    expect(split(4, "123", "45", "67890", "\nab\n")).toEqual(["TOO LONG", "ab"]);
    expect(split(4, "1234\n12345\nab\n")).toEqual(["1234", "TOO LONG", "ab"]);
  });
});

describe("serve", () => {
  it("takes a configuration of any wrong type for what it is, and says which option", async () => {
    const { ask, app, server } = await createSidecar();
    const options = [
      "server metadataUrl idTokenIssuer clientId clientSecret tokenEndpointAuthMethod scope redirectUris",
      "postLogoutRedirectUris endSessionUrl authorizationParams tokenParams responseMode keepResponseMembers resource",
      "apiOrigins flow par dpop keepAccessToken refreshOnStart signInTimeoutMs requestTimeoutMs clockToleranceSeconds",
    ].flatMap((line) => line.split(" "));
    const outcomes: [string, unknown, string | undefined][] = [];
    for (const name of options)
      for (const wrong of [null, -1, [5], { x: 5 }]) {
        const config = { issuer: server.issuer, clientId: "app", [name]: wrong };
        // oxlint-disable-next-line no-await-in-loop
        const { error } = await ask("initialize", { ...app, config });
        outcomes.push([name, wrong, error?.data.code]);
      }
    const taken = outcomes.filter(
      ([, wrong, code]) => code !== (wrong === null ? "invalid_params" : "invalid_config"),
    );
    expect(taken).toEqual([]);
  });

  it("takes no more than 256 requests at a time, and $/cancelRequest always", async () => {
    const { ask, app, server, input, answered } = await createSidecar();
    server.intercept = () => new Promise(() => {});
    await ask("initialize", { ...app, config: { issuer: server.issuer, clientId: "app" } });
    for (let n = 0; n < 256; n++) input.write(`{"jsonrpc":"2.0","id":${n},"method":"signIn"}\n`);
    expect(await ask("getState")).toMatchObject({
      error: { code: -32005, data: { code: "too_many_requests" } },
    });
    input.write('{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":7}}\n');
    expect(await answered(7)).toMatchObject({ error: { code: -32800 } });
    expect(await ask("getState")).toMatchObject({ result: { status: "awaiting-callback" } });
  });

  it("answers what waits when it ends, and tells 0", async () => {
    const { ask, app, server, input, answered, ended, stderr } = await createSidecar();
    server.intercept = () => new Promise(() => {});
    await ask("initialize", { ...app, config: { issuer: server.issuer, clientId: "app" } });
    input.write('{"jsonrpc":"2.0","id":"waits","method":"signIn"}\n');
    input.end();
    expect(await ended).toBe(0);
    expect(await answered("waits")).toMatchObject({ error: { data: { code: "closed" } } });
    expect(stderr()).toBe("");
  });
});
