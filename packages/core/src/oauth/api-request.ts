// One request with the access token (RFC 6750 2.1), with a proof where it is bound to a key (RFC 9449 7), and what the resource
// server has to say of the token.
// Redirects, the nonce and the second try after a 401 are `client/inside/api-fetch.ts`'s.
import {
  allowInsecureRequests,
  customFetch,
  protectedResourceRequest,
  WWWAuthenticateChallengeError,
  type WWWAuthenticateChallenge,
} from "oauth4webapi";
import { AuthError, type StepUp } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { Secret } from "../ground/secret.js";
import type { AccessToken } from "../session/session.js";
import type { OAuthContext } from "./context.js";
import { proofOptions } from "./dpop.js";
import { refusalOf, type TokenRefusal } from "./inside/tolerances.js";
import { isFreeOf } from "./inside/without-sent.js";

export type { TokenRefusal };

export interface ResourceRequest {
  readonly url: URL;
  readonly method: string;
  /** What the app says. */
  readonly headers: Headers;
  readonly accessToken: AccessToken;
}

type Send = (url: string, init: { readonly headers: Record<string, string> }) => Promise<Response>;

/** A request that is ready to be sent, once. */
export interface AuthorizedRequest {
  /** What the app says, and the token. */
  readonly headers: Headers;
  /** Judges the answer, and keeps a nonce that came with it. */
  answered(response: Response): Promise<ResourceAnswer>;
}

/**
 * What an answer says of the token. `nonce`: the proof needs the one that has just come. `refused`, `doubted`: another token may
 * do. `step_up`: a stronger or more recent sign-in is needed (RFC 9470).
 */
type ResourceVerdict = "accepted" | "nonce" | "step_up" | TokenRefusal | undefined;

export interface ResourceAnswer {
  readonly response: Response;
  readonly verdict: ResourceVerdict;
  readonly stepUp: StepUp;
}

/** Whoever gets it may as well not send it: nothing waits for the answer. An answer without a verdict is the app's to read. */
export async function authorizeRequest(
  context: OAuthContext,
  { url, method, headers: given, accessToken }: ResourceRequest,
): Promise<AuthorizedRequest> {
  const own = new Headers(given);
  for (const name of ["authorization", "dpop"]) own.delete(name);
  const userAgent = own.get("user-agent");
  const proof = await proofOptions(context, accessToken.dpopKey);
  return new Promise((resolve, reject) => {
    // The library sends by itself: it is given the answer when its owner has sent the request.
    const judged = judge((_, { headers }) => {
      let arrived!: (response: Response) => void;
      const answer = new Promise<Response>((arrive) => (arrived = arrive));
      resolve({
        headers: withUserAgent(new Headers(headers), userAgent),
        answered(response) {
          arrived(response);
          return judged;
        },
      });
      return answer;
    });
    judged.catch(reject);
  });

  async function judge(send: Send): Promise<ResourceAnswer> {
    const options = { ...proof, [allowInsecureRequests]: true, [customFetch]: send };
    try {
      const response = await protectedResourceRequest(
        accessToken.value,
        method,
        url,
        own,
        undefined,
        options,
      );
      return { response, ...verdict(response, undefined) };
    } catch (error) {
      if (!(error instanceof WWWAuthenticateChallengeError)) throw error;
      return { response: error.response, ...verdict(error.response, error.cause) };
    }
  }

  function verdict(
    response: Response,
    challenges: readonly WWWAuthenticateChallenge[] | undefined,
  ): Pick<ResourceAnswer, "verdict" | "stepUp"> {
    // Where another origin was redirected to, it has not seen the token and has nothing to say of it.
    const isElsewhere = response.url !== "" && new URL(response.url).origin !== url.origin;
    if (isElsewhere) return { verdict: undefined, stepUp: {} };
    if (response.ok) return { verdict: "accepted", stepUp: {} };
    if (response.status !== 401) return { verdict: undefined, stepUp: {} };
    return verdictOf(response, challenges, accessToken);
  }
}

/** The app's, or the runtime's where it has none: oauth4webapi would put its own there. */
function withUserAgent(headers: Headers, userAgent: string | null): Headers {
  if (userAgent === null) headers.delete("user-agent");
  return headers;
}

function verdictOf(
  response: Response,
  challenges: readonly WWWAuthenticateChallenge[] | undefined,
  { value, dpopKey }: AccessToken,
): Pick<ResourceAnswer, "verdict" | "stepUp"> {
  const saying = (code: string) => challenges?.find(({ parameters }) => parameters.error === code);
  const weak = saying("insufficient_user_authentication");
  if (weak) return { verdict: "step_up", stepUp: readStepUp(weak, value) };
  if (saying("use_dpop_nonce")) return { verdict: "nonce", stepUp: {} };
  return { verdict: refusalOf(response, challenges, dpopKey !== undefined), stepUp: {} };
}

/** What is needed (RFC 9470 3). A value that is none is as good as not there, and so is one that repeats the token. */
function readStepUp({ parameters }: WWWAuthenticateChallenge, token: string): StepUp {
  const sent = [new Secret(token)];
  const acrValues =
    parameters["acr_values"]
      ?.split(" ")
      .filter((value) => /^[\x21\x23-\x7e]+$/.test(value) && isFreeOf(value, sent)) ?? [];
  const maxAge = /^\d{1,9}$/.test(parameters["max_age"] ?? "") ? Number(parameters["max_age"]) : undefined;
  return {
    ...(acrValues.length === 0 ? {} : { acrValues }),
    ...(maxAge === undefined ? {} : { maxAge }),
  };
}

/** The error that says what is needed. */
export function stepUpRequired({ host }: URL, stepUp: StepUp): AuthError {
  const { acrValues, maxAge } = stepUp;
  const needs = [
    acrValues && `a sign-in of the kind ${printable(acrValues.join(" or "))}`,
    maxAge !== undefined && `a sign-in not longer ago than ${maxAge} seconds`,
  ].filter(Boolean);
  return new AuthError(
    "step_up_required",
    `${host} asks for ${needs.length === 0 ? "a stronger sign-in" : needs.join(", and ")}.`,
    { stepUp, oauthError: "insufficient_user_authentication" },
  );
}
