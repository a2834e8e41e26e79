// What a refused answer to a refresh leaves of the session: its newest refresh token, and whether it is this person's. What a later
// answer must show: `checkContinuity` (`oauth/refresh-request.ts`).
import {
  clockTolerance,
  processRefreshTokenResponse,
  validateApplicationLevelSignature,
  type AuthorizationServer,
} from "oauth4webapi";
import { Secret } from "../../ground/secret.js";
import { readJwtClaims } from "../../session/jwt-claims.js";
import type { LiveSession } from "../../session/session.js";
import { clientOf, requestOptions, type OAuthContext } from "../context.js";
import { lightResponse } from "./light-web.js";
import { isOfJwt } from "./errors.js";

/** The session as it is to be kept; undefined when the answer has changed nothing about it. */
export async function sessionAfterRefusal(
  context: OAuthContext,
  server: AuthorizationServer,
  session: LiveSession,
  answer: Response,
  signal: AbortSignal,
): Promise<LiveSession | undefined> {
  const body: unknown = await answer.json().catch(() => undefined);
  if (typeof body !== "object" || body === null) return undefined;
  const { refresh_token: token, id_token: idToken } = body as Readonly<Record<string, unknown>>;
  const rotated = typeof token === "string" && token !== "" ? { refreshToken: new Secret(token) } : undefined;
  const doubt = await doubtOf(context, server, session, idToken, signal);
  if (!rotated && !doubt) return undefined;
  const { generation, tokens } = session;
  return { ...session, generation: generation + 1, tokens: { ...tokens, ...rotated }, ...doubt };
}

async function doubtOf(
  context: OAuthContext,
  server: AuthorizationServer,
  session: LiveSession,
  idToken: unknown,
  signal: AbortSignal,
): Promise<Pick<LiveSession, "subjectInDoubt" | "answersInDoubt"> | undefined> {
  if (session.view.subject === undefined) return undefined;
  const { subjectInDoubt, answersInDoubt = 0 } = session;
  if (idToken === undefined) return subjectInDoubt ? { answersInDoubt: answersInDoubt + 1 } : undefined;
  const isElse =
    typeof idToken === "string" && (await isOfAnother(context, server, session, idToken, signal));
  return isElse ? { subjectInDoubt: true } : undefined;
}

/** By its signature, whatever else is wrong with it. One that no key of the server's has signed is nobody's. */
async function isOfAnother(
  context: OAuthContext,
  server: AuthorizationServer,
  { view, idTokenIssuer }: LiveSession,
  idToken: string,
  signal: AbortSignal,
): Promise<boolean> {
  const { sub, iss } = readJwtClaims(idToken) ?? {};
  try {
    await checkSignature(context, server, idToken, signal);
    return sub !== view.subject || (idTokenIssuer !== undefined && iss !== idTokenIssuer);
  } catch (error) {
    // Keys that cannot be fetched say nothing.
    return isOfJwt(error);
  }
}

/** The signature alone: the claims are taken for what was expected. */
async function checkSignature(
  context: OAuthContext,
  server: AuthorizationServer,
  idToken: string,
  signal: AbortSignal,
): Promise<void> {
  const { iss, aud, azp } = readJwtClaims(idToken) ?? {};
  const issuer = { ...server, issuer: String(iss) };
  const client = {
    ...clientOf(context),
    client_id: String(azp ?? [aud].flat()[0]),
    [clockTolerance]: Number.MAX_SAFE_INTEGER,
  };
  // oauth4webapi checks the signature of nothing but an answer that it has processed.
  const answer = lightResponse(
    JSON.stringify({ access_token: "none", token_type: "bearer", id_token: idToken }),
    {
      headers: [["content-type", "application/json"]],
    },
  );
  await processRefreshTokenResponse(issuer, client, answer);
  await context.keys.validate((options) =>
    validateApplicationLevelSignature(issuer, answer, { ...requestOptions(context, signal), ...options }),
  );
}
