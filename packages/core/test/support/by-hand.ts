// A client made by hand, for the fake server to judge: right by default, wrong where a test says so.
import { createFakeClock, createFakeServer, type FakeServerOptions } from "../../src/testing/index.js";
import { encodeParts, sha256, utf8, base64url } from "../../src/testing/jwt.js";

export const ISSUER = "https://id.example";
const REDIRECT_URI = "http://127.0.0.1:50000/callback";
const VERIFIER = "v".repeat(43);

export type Changes = Readonly<Record<string, string | undefined>>;

export async function arrange(options: Partial<FakeServerOptions> = {}) {
  const clock = createFakeClock();
  const server = await createFakeServer({ clock, ...options });
  const post = (path: string, changes: Changes, headers: Record<string, string> = {}): Promise<Response> =>
    server.fetch(ISSUER + path, { method: "POST", body: form(changes), headers });
  return { clock, server, post };
}
export type World = Awaited<ReturnType<typeof arrange>>;

let requests = 0;

export async function authorizationParameters(changes: Changes = {}): Promise<URLSearchParams> {
  const which = ++requests;
  return form({
    response_type: "code",
    client_id: "app",
    redirect_uri: REDIRECT_URI,
    scope: "openid offline_access",
    state: `state-${which}`,
    nonce: `nonce-${which}`,
    code_challenge: await sha256(VERIFIER + which),
    code_challenge_method: "S256",
    ...changes,
  });
}

/** The verifier of the newest authorization request. */
export const verifier = (): string => VERIFIER + requests;

/** Where the person's browser is redirected to. */
export async function authorize({ server }: World, changes: Changes = {}): Promise<URL> {
  const query = await authorizationParameters(changes);
  return new URL(server.authorize(`${ISSUER}/authorize?${query.toString()}`));
}

export async function newCode(world: World, changes: Changes = {}): Promise<string> {
  return (await authorize(world, changes)).searchParams.get("code")!;
}

export async function redeem(
  world: World,
  changes: Changes = {},
  headers: Record<string, string> = {},
): Promise<Response> {
  const grant = {
    grant_type: "authorization_code",
    client_id: "app",
    redirect_uri: REDIRECT_URI,
    ...("code" in changes ? {} : { code: await newCode(world) }),
    code_verifier: verifier(),
  };
  return world.post("/token", { ...grant, ...changes }, headers);
}

export async function tokensOf(response: Response): Promise<Record<string, string>> {
  if (response.status !== 200) throw new Error(`no tokens: ${response.status} ${await response.text()}`);
  return (await response.json()) as Record<string, string>;
}

export function claimsOf(jwt: string): Record<string, unknown> {
  return JSON.parse(Buffer.from(jwt.split(".")[1]!, "base64url").toString()) as Record<string, unknown>;
}

function form(parameters: Changes): URLSearchParams {
  const given = Object.entries(parameters).filter((each): each is [string, string] => each[1] !== undefined);
  return new URLSearchParams(given);
}

export interface Prover {
  /** A proof for this request; `change` makes it wrong. */
  prove(
    htm: string,
    htu: string,
    change?: { readonly claims?: object; readonly header?: object; readonly breaks?: boolean },
  ): Promise<string>;
}

export async function createProver(now: () => number): Promise<Prover> {
  const algorithm = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
  const keys = await crypto.subtle.generateKey(algorithm, true, ["sign", "verify"]);
  const { crv, kty, x, y } = await crypto.subtle.exportKey("jwk", keys.publicKey);
  return {
    async prove(htm, htu, { claims, header, breaks = false } = {}) {
      const input = encodeParts(
        { typ: "dpop+jwt", alg: "ES256", jwk: { crv, kty, x, y }, ...header },
        { htm, htu, iat: Math.floor(now() / 1000), jti: crypto.randomUUID(), ...claims },
      );
      const signed = utf8(breaks ? `${input} ` : input);
      const signature = await crypto.subtle.sign(algorithm, keys.privateKey, signed);
      return `${input}.${base64url(new Uint8Array(signature))}`;
    },
  };
}
