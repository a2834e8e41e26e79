// What is known of a refresh token that the server has refused in words of its own: it is kept, and not sent again unasked.
import { AuthError, toReason, type Reason, type StepUp } from "../ground/errors.js";

export interface RefusedGrant {
  /** Of the session whose refresh token it was. */
  readonly generation: number;
  /** The server's `error`. */
  readonly error: string;
  /** What a sign-in must ask for, as the server wrote it: the `claims` parameter (OpenID Connect Core 5.5). */
  readonly claims?: string | undefined;
  /** Why, in the server's words, made safe to print. */
  readonly description?: string | undefined;
}

/** Until it is known whose refresh token it was. */
type Refused = Omit<RefusedGrant, "generation">;

interface Renewable {
  readonly generation: number;
  readonly refused?: RefusedGrant;
}

/** Whether the refresh token that this session has is the one that was refused. */
export function isGrantRefused({ generation, refused }: Renewable): boolean {
  return refused?.generation === generation;
}

/** The `prompt` of a sign-in that brings what the error asks for (OpenID Connect Core 3.1.2.6). */
const PROMPTS = new Map([
  ["login_required", "login"],
  ["consent_required", "consent"],
  ["account_selection_required", "select_account"],
]);

/** What a sign-in must ask for, where the server says. */
function stepUpFor({ error, claims }: Refused): StepUp | undefined {
  const prompt = PROMPTS.get(error);
  if (prompt === undefined && claims === undefined) return undefined;
  return {
    ...(prompt === undefined ? {} : { prompt }),
    ...(claims === undefined ? {} : { authorizationParams: { claims } }),
  };
}

/** What the app's author must look at where it is not the token after all. */
function hintForRefused(error: string): string {
  return error === "invalid_request"
    ? ' If the next renewal is refused too, check what is set as "tokenParams" and "resource".'
    : "";
}

/** Why no access token comes of it. */
export function grantRefused(
  refused: Refused,
  cause?: AuthError,
): AuthError & { readonly code: "sign_in_required" } {
  const { error, description } = refused;
  const stepUp = stepUpFor(refused);
  const prompt = stepUp?.prompt === undefined ? "" : `, with the prompt "${stepUp.prompt}"`;
  const claims = stepUp?.authorizationParams === undefined ? "" : ", with the claims that it asks for";
  const why = description === undefined ? "" : `: ${description}`;
  return new AuthError("sign_in_required", `The server does not renew this session (${error})${why}.`, {
    detail: "refused",
    oauthError: error,
    stepUp,
    hint: `Sign in again${prompt}${claims}.${hintForRefused(error)}`,
    cause,
  });
}

/** A session whose refresh token was refused lives as long as its access token. */
export function degradedFor(session: Renewable | undefined, now: number): Reason | undefined {
  if (!session?.refused || !isGrantRefused(session)) return undefined;
  return toReason(grantRefused(session.refused), now);
}
