// The refresh request (RFC 6749 6): the next tokens of a session.
import {
  customFetch,
  getValidatedIdTokenClaims,
  processRefreshTokenResponse,
  refreshTokenGrantRequest,
  type AuthorizationServer,
  type IDToken,
} from "oauth4webapi";
import type { TokenTarget } from "../config/api-origins.js";
import { causedByEnd, secretExpiryOf } from "../config/secret-expiry.js";
import { AuthError } from "../ground/errors.js";
import { readJwtClaims } from "../session/jwt-claims.js";
import { grantRefused } from "../session/refused-in-other-words.js";
import { Secret } from "../ground/secret.js";
import { withApiToken } from "../session/api-tokens.js";
import type { LiveSession } from "../session/session.js";
import { clientOf, type OAuthContext } from "./context.js";
import { withNonce } from "./dpop.js";
import { authenticationOf, secretOf, withSecret } from "./inside/client-authentication.js";
import { fateOf, type Delivery, type Fate } from "./inside/delivery.js";
import { claimsAskedFor, readTokenAnswer, refusalOfGrant } from "./inside/tolerances.js";
import { checkIdToken } from "./inside/id-token.js";
import { hintForClaim } from "./inside/error-hints.js";
import { sessionAfterRefusal } from "./inside/doubt.js";
import { descriptionOf, toAuthError } from "./inside/errors.js";
import { asTenantOf } from "./inside/tenant.js";
import { isFreeOf } from "./inside/without-sent.js";
import { tokenRequestOptions } from "./inside/token-request.js";
import { checkAccessToken, EVERY_TOKEN_TYPE, TOKEN_ENDPOINT, toSession } from "./inside/token-response.js";

export interface Refreshed {
  /** With the newest refresh token, whatever became of the rest. */
  readonly session: LiveSession;
  /** Why only the refresh token of the answer was taken: the old access token stays. */
  readonly refused?: AuthError;
}

/** Why there are no new tokens, and whether the server may have made some all the same. */
export class RefreshFailure extends Error {
  override readonly name = "RefreshFailure";
  readonly error: AuthError;
  readonly fate: Fate;
  /** Why, in the server's words. */
  readonly description: string | undefined;
  constructor(error: AuthError, fate: Fate, description?: string) {
    super(error.message, { cause: error });
    this.error = error;
    this.fate = fate;
    this.description = description;
  }
}

export interface RefreshServer {
  readonly server: AuthorizationServer;
  /** What the server says of itself now, where `server` is of an earlier process. */
  readonly anew: () => Promise<AuthorizationServer | undefined>;
}

/**
 * Mints an access token. An ID token may come or not; one that comes is validated, and must name the same subject
 * (OpenID Connect Core 12.2). An answer that does not hold is refused, but for its refresh token: the old one is spent,
 * and using it again would end the session. If it came beside an ID token of somebody else, or of nobody that the server's
 * keys know, one of the next answers must have one of the same person.
 *
 * `onSend` is called right before the request goes out, on a connection that has just come up where the runtime can tell;
 * what it throws ends the refresh, and nothing is sent.
 *
 * `target`: a token for another API (RFC 8707 2.2), which is kept beside the session's own.
 *
 * Rejects with a {@link RefreshFailure}: `session_ended` when the server says that the grant is over, `sign_in_required` when
 * it refuses the refresh token in other words, `invalid_response`, `authorization_failed` or `temporarily_unavailable`, which say nothing of it, and what `onSend` has thrown.
 */
export async function refreshSession(
  context: OAuthContext,
  { server, anew }: RefreshServer,
  session: LiveSession,
  onSend: () => void,
  signal: AbortSignal,
  target?: TokenTarget,
): Promise<Refreshed> {
  const askedAt = context.clock.now();
  const refreshToken = session.tokens.refreshToken ?? new Secret("");
  const auth = authenticationOf(context.config, server, session.clientSecret);
  const clientSecret = secretOf(context.config, session.clientSecret);
  let answer: Response | undefined;
  let whole: Response | undefined;
  let fate: Fate = "unsent";
  const delivery: Delivery = { onSend, onFailure: (each) => (fate = each) };
  const send = async (url: string, init: Parameters<OAuthContext["fetch"]>[1]): Promise<Response> => {
    whole = undefined;
    const response = await context.fetch(url, init, delivery);
    whole = response.clone();
    return response;
  };
  let judgedBy = server;
  /** What the server signs with may have changed since its metadata were kept. */
  async function acceptNow(response: Response): Promise<LiveSession> {
    const acceptAt = (at: AuthorizationServer): Promise<LiveSession> =>
      accept(context, at, session, response.clone(), askedAt, signal);
    try {
      return await acceptAt(judgedBy);
    } catch (error) {
      const now = response.ok ? await anew() : undefined;
      if (!now) throw error;
      judgedBy = now;
      return acceptAt(now);
    }
  }
  try {
    return await withNonce(session.dpopKey, async () => {
      answer = await readTokenAnswer(
        await refreshTokenGrantRequest(server, clientOf(context), auth, refreshToken.reveal(), {
          ...(await tokenRequestOptions(context, session.dpopKey, signal, target)),
          [customFetch]: send,
        }),
        TOKEN_ENDPOINT,
        {
          dpopKey: session.dpopKey,
          scope: session.view.scope,
          bearerTokenTypes: context.config.bearerTokenTypes,
        },
      );
      const renewed = await acceptNow(answer);
      return { session: target ? withApiToken(session, renewed, target) : renewed };
    });
  } catch (error) {
    const sent = withSecret([refreshToken], clientSecret);
    const description = descriptionOf(error, sent);
    const claims = await claimsAskedFor(whole);
    const refused = judged(toAuthError(error, TOKEN_ENDPOINT, sent), {
      // They would stand in an address.
      claims: claims !== undefined && isFreeOf(claims, sent) ? claims : undefined,
      description,
      secretEndedAt: endedSecret(context, session),
      isOfApi: target !== undefined,
    });
    const after = answer?.ok
      ? await sessionAfterRefusal(context, judgedBy, session, answer, signal)
      : undefined;
    if (!(refused instanceof AuthError)) throw refused;
    if (!after) {
      const isVerdict = refused.oauthError !== undefined || refused.code === "authorization_failed";
      // Of somebody in between: what the server did is not known.
      const isOfAnother = whole?.ok === true && refused.code === "temporarily_unavailable";
      if (isOfAnother) throw new RefreshFailure(refused, "unclear");
      throw new RefreshFailure(refused, whole ? await fateOf(whole, isVerdict) : fate, description);
    }
    return { session: after, refused };
  }
}

async function accept(
  context: OAuthContext,
  server: AuthorizationServer,
  session: LiveSession,
  answer: Response,
  askedAt: number,
  signal: AbortSignal,
): Promise<LiveSession> {
  const tenant = await asTenantOf(context.config, server, answer);
  const tokens = await processRefreshTokenResponse(tenant, clientOf(context), answer, EVERY_TOKEN_TYPE);
  checkAccessToken(tokens, session.dpopKey);
  await checkIdToken(context, { server, tokens, answer }, signal);
  checkContinuity(getValidatedIdTokenClaims(tokens), session);
  const { id, generation, view, dpopKey } = session;
  return toSession(tokens, {
    id,
    generation: generation + 1,
    askedAt,
    scope: view.scope,
    before: session,
    random: context.random,
    dpopKey,
    clientSecret: secretOf(context.config, session.clientSecret),
    clientSecretExpiresAt: secretExpiryOf(context.config, view.clientSecretExpiresAt),
    keeps: context.config.keepResponseMembers,
  });
}

/** The same person, and the nonce of the same sign-in where one is repeated (OpenID Connect Core 12.2). */
function checkContinuity(
  claims: IDToken | undefined,
  { view, idTokenIssuer, tokens: { idToken }, subjectInDoubt }: LiveSession,
): void {
  if (!claims && subjectInDoubt)
    throw new AuthError(
      "id_token_invalid",
      "No ID token shows that the refreshed tokens are this person's.",
      {
        detail: "sub",
        hint: MIXED_UP,
      },
    );
  if (!claims) return;
  const isOther = view.subject !== undefined && claims.sub !== view.subject;
  if (isOther || (idTokenIssuer !== undefined && claims.iss !== idTokenIssuer))
    throw new AuthError("id_token_invalid", "The refreshed ID token names another person.", {
      detail: isOther ? "sub" : "iss",
      hint: MIXED_UP,
    });
  const before = idToken && readJwtClaims(idToken.reveal())?.["nonce"];
  if (claims.nonce !== undefined && before !== undefined && claims.nonce !== before)
    throw new AuthError("id_token_invalid", "The refreshed ID token is of another sign-in.", {
      detail: "nonce",
      hint: hintForClaim("nonce"),
    });
}

const MIXED_UP = "Sign in again. The server has mixed up people: tell its operator.";

/** `invalid_client` (RFC 6749 5.2), also where a challenge says it. */
function refusesClient({ code, oauthError, detail }: AuthError): boolean {
  return (
    code === "authorization_failed" &&
    (oauthError === "invalid_client" || (oauthError === undefined && detail === "401"))
  );
}

/** When the secret ended that was shown, by the server's clock; undefined: it has not. */
function endedSecret({ config, clock, skew }: OAuthContext, { view }: LiveSession): number | undefined {
  const at = secretExpiryOf(config, view.clientSecretExpiresAt);
  return at !== undefined && at <= clock.now() + skew.milliseconds() ? at : undefined;
}

/** What is known beside the error. */
interface Verdict {
  readonly claims: string | undefined;
  readonly description: string | undefined;
  readonly secretEndedAt: number | undefined;
  readonly isOfApi: boolean;
}

/**
 * `invalid_grant` is the server's verdict on the stored grant; nothing else is, and nothing else deletes what is stored
 * (`machine/states/refreshing.ts`). A refusal in other words stops the asking.
 */
function judged(error: unknown, { claims, description, secretEndedAt, isOfApi }: Verdict): unknown {
  if (!(error instanceof AuthError)) return error;
  if (secretEndedAt !== undefined && refusesClient(error)) return causedByEnd(error, secretEndedAt);
  const refusal = refusalOfGrant(error, { isOfApi });
  if (refusal !== undefined) return grantRefused({ error: refusal, claims, description }, error);
  const { oauthError, detail, message } = error;
  if (oauthError === "invalid_grant")
    return new AuthError("session_ended", "The server has ended this session.", { oauthError, cause: error });
  // Some servers refuse a spent token without a word (RFC 6749 5.2): the person may know better than we can.
  if (error.code === "invalid_response" && detail === "400")
    return new AuthError("invalid_response", message, {
      detail,
      hint: "If it goes on, sign in again: the server may have ended the session without saying so.",
    });
  return error;
}
