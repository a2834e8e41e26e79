// Faults of the userinfo answer (OpenID Connect Core 5.3, RFC 6750 3).
import { encodeParts } from "../../jwt.js";
import { effectsAt } from "./effects.js";
import { fault, type FaultInArea, inArea } from "./fault.js";
import { transportFaults } from "./transport.js";

const { members, answer, text } = effectsAt("userinfo");

const broken = (description: string, changed: Readonly<Record<string, unknown>>) =>
  fault("invalid_response", description, members(changed));

const JWT_TYPE = { "content-type": "application/jwt" };

const challenge = (status: number, header: string) => ({ status, headers: { "www-authenticate": header } });

const echo: FaultInArea = fault("sign_in_required", "The challenge repeats the access token.", {
  at: "userinfo",
  instead: (_, { authorization }) => ({
    response: new Response(null, {
      status: 401,
      headers: {
        "www-authenticate": `Bearer error="invalid_token", error_description="not ${authorization}"`,
      },
    }),
  }),
});

export const userInfoFaults = inArea("userinfo", {
  ...transportFaults("userinfo", "userinfo", "The userinfo answer", {
    passing: "temporarily_unavailable",
    broken: "invalid_response",
  }),
  "userinfo-sub-other": broken("It is about another person.", { sub: "eve" }),
  "userinfo-sub-missing": broken("It is about nobody.", { sub: undefined }),
  "userinfo-sub-empty": broken("It is about somebody without a name.", { sub: "" }),
  "userinfo-sub-number": broken("It is about a number.", { sub: 7 }),
  "userinfo-sub-null": broken("It is about null.", { sub: null }),
  "userinfo-jwt": fault("invalid_response", "It is a signed JWT, which was not asked for.", {
    at: "userinfo",
    async change(response, { signer, issuer }) {
      const claims = (await response.json()) as Record<string, unknown>;
      const jwt = await signer.sign({ ...claims, iss: issuer, aud: "app" });
      return new Response(new TextEncoder().encode(jwt), { headers: JWT_TYPE });
    },
  }),
  "userinfo-jwt-none": fault(
    "invalid_response",
    "It is an unsigned JWT.",
    answer({ body: `${encodeParts({ alg: "none" }, { sub: "ada" })}.`, headers: JWT_TYPE }),
  ),
  "userinfo-hostile-text": fault("works", "The name is a web page; it is the app's to show.", {
    ...members({ name: "<script>alert(1)</script>" }),
  }),
  "userinfo-unknown-members": fault(
    "works",
    "There are members nobody knows, with names that mean something to JavaScript.",
    text((whole) => whole.replace(/^\{/, '{"__proto__":{"sub":"eve"},"constructor":7,')),
  ),
  "userinfo-invalid-token": fault(
    "sign_in_required",
    "The access token is refused.",
    answer(challenge(401, 'Bearer error="invalid_token"')),
  ),
  "userinfo-bare-challenge": fault(
    "sign_in_required",
    "The answer is a challenge that gives no reason.",
    answer(challenge(401, "Bearer")),
  ),
  "userinfo-insufficient-scope": fault(
    "authorization_failed",
    "What was granted is not enough.",
    answer(challenge(403, 'Bearer error="insufficient_scope", scope="profile"')),
  ),
  "userinfo-401": fault(
    "sign_in_required",
    "The answer is 401 without a challenge.",
    answer({ status: 401, body: { error: "invalid_token" } }),
  ),
  "userinfo-challenge-garbage": fault(
    "sign_in_required",
    "The challenge cannot be read.",
    answer(challenge(401, '=,="")(')),
  ),
  "userinfo-echo": echo,
});
