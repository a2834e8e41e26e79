// Faults of a server that binds tokens to a key (RFC 9449): it lets go of the binding, or is never content with a proof.
import { decodeJwt } from "../../jwt.js";
import type { SeenRequest } from "../switches.js";
import { effectsAt, type ResponseParts } from "./effects.js";
import { fault, inArea, type Effect, type Endpoint, type FaultEnd, type FaultInArea } from "./fault.js";

const discovery = effectsAt("discovery");

/** The nonce that a proof carries. */
function nonceOf({ headers }: SeenRequest): unknown {
  return decodeJwt(headers.get("dpop") ?? "").claims["nonce"];
}

const ASKS_FOR_NONCE: ResponseParts = { status: 400, body: { error: "use_dpop_nonce" } };
const CHALLENGES_FOR_NONCE: ResponseParts = {
  status: 401,
  headers: { "www-authenticate": 'DPoP error="use_dpop_nonce", algs="ES256"' },
};

/** Refuses a proof without a nonce. */
function wantsNonce(at: Endpoint, refusal: ResponseParts, nonce = "a-nonce"): Effect {
  return {
    at,
    instead: (_, request) =>
      nonceOf(request) === nonce ? undefined : { response: respond(refusal, { "dpop-nonce": nonce }) },
  };
}

/** Refuses every proof, with a new nonce each time. */
function neverContent(at: Endpoint, refusal: ResponseParts): Effect {
  return {
    at,
    instead: (_, __, nth) => ({ response: respond(refusal, { "dpop-nonce": `nonce-${nth}` }) }),
  };
}

function respond(
  { status = 200, headers = {}, body }: ResponseParts,
  more: Record<string, string>,
): Response {
  const text = body === undefined ? null : JSON.stringify(body);
  const type: Record<string, string> = text === null ? {} : { "content-type": "application/json" };
  return new Response(text, { status, headers: { ...type, ...headers, ...more } });
}

/** The client asks once more, with the nonce: only then it is over. */
const onceMore = (at: Endpoint, each: FaultInArea): FaultInArea => ({ ...each, mayFollow: [at] });

function refusals(at: "code" | "refresh") {
  const { answer } = effectsAt(at);
  return {
    wanted: fault("works", "A proof must carry a nonce.", wantsNonce(at, ASKS_FOR_NONCE)),
    missing: onceMore(
      at,
      fault("authorization_failed", "A nonce is asked for, and none is given.", answer(ASKS_FOR_NONCE)),
    ),
    endless: onceMore(
      at,
      fault(
        "authorization_failed",
        "Each nonce is refused for the next one.",
        neverContent(at, ASKS_FOR_NONCE),
      ),
    ),
    invalid: fault(
      "authorization_failed",
      "The proof is refused.",
      answer({ status: 400, body: { error: "invalid_dpop_proof" } }),
    ),
  };
}

const code = refusals("code");
const refresh = refusals("refresh");

const unbound = (
  at: Endpoint,
  description: string,
  tokenType: unknown,
  ends: FaultEnd = "invalid_response",
) => fault(ends, description, effectsAt(at).members({ token_type: tokenType }));

const atSignIn = inArea(
  "dpop",
  {
    "dpop-not-offered": fault(
      "unsupported_by_server",
      "The server does not say that it takes proofs.",
      discovery.members({ dpop_signing_alg_values_supported: undefined }),
    ),
    "dpop-no-algorithms": fault(
      "unsupported_by_server",
      "The server takes proofs of no algorithm.",
      discovery.members({ dpop_signing_alg_values_supported: [] }),
    ),
    "dpop-other-algorithms": fault(
      "unsupported_by_server",
      "The server takes proofs of algorithms that nobody here has.",
      discovery.members({ dpop_signing_alg_values_supported: ["EdDSA", "none", "HS256"] }),
    ),
    "dpop-algorithms-number": fault(
      "unsupported_by_server",
      "What proofs the server takes is a number.",
      discovery.members({ dpop_signing_alg_values_supported: 7 }),
    ),
    "dpop-type-bearer": unbound("code", "The token is a bearer token, though a proof was sent.", "Bearer"),
    "dpop-type-missing": unbound("code", "The token's type is not said, though a proof was sent.", undefined),
    "dpop-type-mac": unbound("code", "The token is of a type nobody asked for.", "mac"),
    "dpop-type-lowercase": unbound("code", "The token type is written small.", "dpop", "works"),
    "dpop-nonce": code.wanted,
    "dpop-nonce-challenge": fault(
      "works",
      "A proof must carry a nonce, says a challenge.",
      wantsNonce("code", CHALLENGES_FOR_NONCE),
    ),
    "dpop-nonce-long": fault(
      "works",
      "The nonce has four thousand characters.",
      wantsNonce("code", ASKS_FOR_NONCE, "n".repeat(4_000)),
    ),
    "dpop-nonce-missing": code.missing,
    "dpop-nonce-endless": code.endless,
    "dpop-invalid-proof": code.invalid,
  },
  { dpop: true },
);

const atRefresh = inArea(
  "refresh",
  {
    "dpop-refresh-type-bearer": unbound("refresh", "The new token is not bound any more.", "Bearer"),
    "dpop-refresh-type-missing": unbound("refresh", "The new token's type is not said.", undefined),
    "dpop-refresh-nonce": refresh.wanted,
    "dpop-refresh-nonce-missing": refresh.missing,
    "dpop-refresh-nonce-endless": refresh.endless,
    "dpop-refresh-invalid-proof": refresh.invalid,
  },
  { dpop: true },
);

const { answer } = effectsAt("userinfo");

const atUserInfo = inArea(
  "userinfo",
  {
    "dpop-userinfo-nonce": fault(
      "works",
      "A proof must carry a nonce.",
      wantsNonce("userinfo", CHALLENGES_FOR_NONCE),
    ),
    "dpop-userinfo-nonce-endless": fault(
      "sign_in_required",
      "Each nonce is refused for the next one.",
      neverContent("userinfo", CHALLENGES_FOR_NONCE),
    ),
    "dpop-userinfo-invalid-proof": fault(
      "sign_in_required",
      "The proof is refused.",
      answer({ status: 401, headers: { "www-authenticate": 'DPoP error="invalid_dpop_proof"' } }),
    ),
  },
  { dpop: true },
);

export const dpopFaults = { ...atSignIn, ...atRefresh, ...atUserInfo };
