// The protected APIs: what the signed-in app calls with its access token (RFC 6750, RFC 9449 7, RFC 9470 3).
import type { IncomingMessage, ServerResponse } from "node:http";
import type { PresentedToken, ReadToken } from "./access-tokens.js";
import type { Accounts } from "./accounts.js";
import { PROOF_ALGORITHMS, type Proofs } from "./dpop-proofs.js";
import type { Emit } from "./events.js";
import type { ApiPath, ResolvedFeatures } from "./feature-options.js";
import { sendJson } from "./http.js";
import type { AccountOptions } from "./options.js";
import type { Resources } from "./resources.js";

const NOTES = [
  {
    id: 1,
    title: "Analytical Engine",
    text: "It weaves algebraic patterns as the loom weaves flowers and leaves.",
  },
  { id: 2, title: "Note G", text: "The order of operations for the numbers of Bernoulli." },
];

const ANSWERS: Record<ApiPath, (owner: AccountOptions) => unknown> = {
  "/api/notes": ({ name }) => ({ owner: name, notes: NOTES }),
  "/api/vault": ({ name }) => ({ owner: name, secret: "The engine might compose music." }),
};

export interface ApiParts {
  readonly issuer: string;
  readonly accounts: Accounts;
  readonly features: ResolvedFeatures;
  readonly resources: Resources;
  readonly readToken: ReadToken;
  readonly proofs: Proofs;
  readonly emit: Emit;
}

/** Why a request is not served: parameters of the challenge, and for the test's ears only the detail. */
interface Refusal {
  readonly scheme: "Bearer" | "DPoP";
  readonly error: string;
  readonly detail: string;
  readonly more?: Readonly<Record<string, string>>;
}

/** The default profile has the notes only. */
export function isApiPath(path: string, { stepUp, resources }: ResolvedFeatures): path is ApiPath {
  const isNamed = stepUp !== undefined || resources?.some((resource) => resource.path === path) === true;
  return path === "/api/notes" || (path === "/api/vault" && isNamed);
}

export async function handleApi(
  parts: ApiParts,
  path: ApiPath,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  if (req.method !== "GET") return sendJson(res, 405, { error: "method_not_allowed" }, { Allow: "GET" });
  const judged = await judge(parts, path, req);
  const nonce = parts.features.dpop && parts.proofs.nextNonce();
  const headers = nonce === undefined ? {} : { "DPoP-Nonce": nonce };
  if (!("error" in judged)) return sendJson(res, 200, ANSWERS[path](judged), headers);
  const { error, detail } = judged;
  parts.emit({ type: "api-refused", path, error, detail });
  sendJson(res, 401, { error }, { ...headers, "WWW-Authenticate": challengeOf(judged) });
}

/** Who may be answered with what is theirs, or why nobody. */
async function judge(
  { issuer, accounts, features, resources, readToken, proofs }: ApiParts,
  path: ApiPath,
  req: IncomingMessage,
): Promise<AccountOptions | Refusal> {
  const schemes = features.dpop === undefined ? /^(Bearer) +(\S+)$/i : /^(Bearer|DPoP) +(\S+)$/i;
  const [, name = "", value] = schemes.exec(req.headers.authorization ?? "") ?? [];
  const hasProof = name.toLowerCase() === "dpop";
  const scheme = hasProof ? "DPoP" : "Bearer";
  const invalid = (detail: string, kind: Refusal["scheme"] = scheme) =>
    ({ scheme: kind, error: "invalid_token", detail }) as const;

  const token = value === undefined ? undefined : await readToken(value);
  const owner = accounts.find(token?.accountId ?? "");
  if (token === undefined || owner === undefined) return invalid("there is no token, or none that is good");

  if (hasProof) {
    const proof = await proofs.check(req, `${issuer}${path}`, value!);
    if ("error" in proof) return { scheme, ...proof };
    if (token.jkt !== proof.thumbprint) return invalid("the token is not bound to the key of the proof");
  } else if (token.jkt !== undefined)
    return invalid("the token is bound to a key and came as bearer", "DPoP");

  if (token.audience !== resources.audienceAt(path)) return invalid("the token is for another API");
  return (path === "/api/vault" && insufficient(features, token, scheme)) || owner;
}

function insufficient(
  { stepUp }: ResolvedFeatures,
  { acr = "", authTime = 0 }: PresentedToken,
  scheme: Refusal["scheme"],
): Refusal | undefined {
  if (stepUp === undefined) return undefined;
  const { acrValues, maxAgeSeconds } = stepUp;
  const isWeak = acrValues.length > 0 && !acrValues.includes(acr);
  // Whole seconds, as oidc-provider counts for max_age: what is too old here must be so there.
  const isOld = maxAgeSeconds !== undefined && Math.floor(Date.now() / 1000) - authTime > maxAgeSeconds;
  if (!isWeak && !isOld) return undefined;
  return {
    scheme,
    error: "insufficient_user_authentication",
    detail: isWeak ? "the sign-in was too weak" : "the sign-in is too long ago",
    // All that is needed, also what this token has: the next sign-in must have both.
    more: {
      ...(acrValues.length > 0 && { acr_values: acrValues.join(" ") }),
      ...(maxAgeSeconds !== undefined && { max_age: String(maxAgeSeconds) }),
    },
  };
}

function challengeOf({ scheme, error, more }: Refusal): string {
  const algs = scheme === "DPoP" ? { algs: PROOF_ALGORITHMS.join(" ") } : {};
  const parameters = Object.entries({ error, ...more, ...algs }).map(([name, value]) => `${name}="${value}"`);
  return `${scheme} ${parameters.join(", ")}`;
}
