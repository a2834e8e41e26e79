// What the access tokens are for: userinfo, an API, and one that asks for a strong sign-in (RFC 6750, 9449 7, 9470).
import { json, type Grant, type ServerContext } from "./context.js";
import type { DPoP } from "./dpop.js";
import { effectiveSignIn, SUBJECT } from "./id-tokens.js";
import type { Tokens } from "./tokens.js";
import type { SeenRequest } from "./switches.js";

export interface Api {
  answer(request: SeenRequest, how?: { readonly isStrict: boolean }): Promise<Response>;
}

export function createApi({ note, now, switches }: ServerContext, tokens: Tokens, dpop: DPoP): Api {
  /** Which grant the request stands for, or why there is none. */
  async function authenticate(request: SeenRequest): Promise<Grant | Response> {
    const [scheme = "", accessToken = ""] = request.authorization?.split(" ") ?? [];
    const grant = tokens.find(accessToken)?.grant;
    const isBound = grant?.jkt !== undefined;
    if (!grant) return challenge(scheme === "DPoP", "invalid_token");
    if (scheme !== (isBound ? "DPoP" : "Bearer")) {
      note(`${request.method} ${request.path}: a ${isBound ? "bound" : "bearer"} token as ${scheme}.`);
      return challenge(isBound, "invalid_token");
    }
    if (!isBound) return grant;
    const proof = await dpop.check(request, "api", accessToken);
    if (proof && "error" in proof) return challenge(true, proof.error);
    if (proof?.jkt === grant.jkt) return grant;
    note(`${request.method} ${request.path}: a bound token without the proof of its key.`);
    return challenge(true, "invalid_dpop_proof");
  }

  function insufficiency({ signIn, jkt }: Grant): Response | undefined {
    const { at, acr } = effectiveSignIn(signIn, switches);
    const { acrValues, maxAgeSeconds } = switches.strict;
    const isStrong = acrValues.length === 0 || (acr !== undefined && acrValues.includes(acr));
    const isRecent = maxAgeSeconds === undefined || now() - at <= maxAgeSeconds * 1000;
    if (isStrong && isRecent) return undefined;
    return challenge(jkt !== undefined, "insufficient_user_authentication", {
      ...(acrValues.length > 0 ? { acr_values: acrValues.join(" ") } : {}),
      ...(maxAgeSeconds === undefined ? {} : { max_age: String(maxAgeSeconds) }),
    });
  }

  return {
    async answer(request, { isStrict } = { isStrict: false }) {
      const grant = await authenticate(request);
      const refusal = grant instanceof Response ? grant : isStrict ? insufficiency(grant) : undefined;
      const response = refusal ?? json({ sub: SUBJECT, name: "Ada Lovelace" });
      for (const [name, value] of Object.entries(dpop.headers("api"))) response.headers.set(name, value);
      return response;
    },
  };
}

function challenge(isDPoP: boolean, error: string, more: Readonly<Record<string, string>> = {}): Response {
  const parameters = Object.entries({ error, ...more }).map(([name, value]) => `${name}="${value}"`);
  const header = `${isDPoP ? "DPoP" : "Bearer"} ${parameters.join(", ")}`;
  return new Response(null, { status: 401, headers: { "www-authenticate": header } });
}
