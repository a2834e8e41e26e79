// A client of ours as the MCP SDK takes one: the two methods of its AuthProvider.
import type { AuthClient } from "../client/auth-client.js";
import { refuseUnknown } from "../config/option-checks.js";
import { AuthError } from "../ground/errors.js";
import type { AuthErrorCode } from "../ground/error-codes.js";
import { readChallenge } from "../oauth/resource-challenge.js";
import { scopeToAsk } from "./scope-union.js";

/** `AuthProvider` of the SDK's client transports. */
export interface McpAuthProvider {
  /** The access token; undefined while nobody is signed in. */
  token(): Promise<string | undefined>;
  /** After a 401: renews the token, or signs the person in. */
  onUnauthorized(context: { readonly response: Pick<Response, "status" | "headers"> }): Promise<void>;
}

export interface McpAuthProviderOptions {
  /** Signs in when nobody is; `false`: reject with `sign_in_required`, and let the app decide when. @default true */
  readonly signIn?: boolean;
  /** What a sign-in asks for at any rate: `scope` of the configuration. @default what was granted so far */
  readonly scope?: string;
  /** Epoch milliseconds. @default Date.now */
  readonly now?: () => number;
}

const OPTION_NAMES: Readonly<Record<keyof McpAuthProviderOptions, true>> = {
  signIn: true,
  scope: true,
  now: true,
};

/** There is no token, and a person can change that. */
const NEEDS_PERSON: readonly AuthErrorCode[] = [
  "sign_in_required",
  "session_ended",
  "signed_out",
  "signed_out_elsewhere",
  "answer_lost",
  "interaction_in_progress",
];

/** A server that refuses the token that it has just made refuses the next one, too. */
const PAUSE_MS = 300_000;

/**
 * For `authProvider` of the MCP SDK's transports. Many calls share one refresh; a token that was made because the server
 * refused another is not replaced for five minutes, so a server that always answers 401 causes no storm. Where the challenge asks for
 * more scope than was granted, the person is asked for it. For a 403 (`insufficient_scope`) give the transport
 * {@link stepUpFetch} beside it.
 *
 * `token` rejects as `getAccessToken` does where a sign-in would not help; `onUnauthorized` as that and `signIn` do.
 */
export function mcpAuthProvider(client: AuthClient, options: McpAuthProviderOptions = {}): McpAuthProvider {
  refuseUnknown(options, Object.keys(OPTION_NAMES));
  const { signIn = true, scope, now = Date.now } = options;
  let given: string | undefined;
  let renewed: { readonly token: string; readonly at: number } | undefined;

  async function token(): Promise<string | undefined> {
    try {
      given = await client.getAccessToken();
    } catch (error) {
      if (!needsPerson(error)) throw error;
      given = undefined;
    }
    return given;
  }

  async function askPerson(wanted: string | undefined): Promise<void> {
    if (!signIn)
      throw new AuthError("sign_in_required", "The server wants a sign-in.", {
        hint: "Call signIn() of the client, then try again.",
      });
    await client.signIn(wanted === undefined ? {} : { scope: wanted });
  }

  return {
    token,
    async onUnauthorized({ response }) {
      const used = given;
      const current = await token();
      const challenge = await readChallenge(response);
      if (current === undefined) return askPerson(scopeToAsk(client, scope, challenge?.scope ?? []));
      // Somebody has renewed it since.
      if (current !== used) return;
      const missing = scopeToAsk(client, scope, challenge?.scope ?? []);
      if (missing !== undefined && challenge?.error === "insufficient_scope") return askPerson(missing);
      if (renewed?.token === current && now() - renewed.at < PAUSE_MS) return;
      try {
        renewed = { token: await client.getAccessToken({ forceRefresh: true }), at: now() };
      } catch (error) {
        if (!needsPerson(error)) throw error;
        await askPerson(undefined);
      }
    },
  };
}

function needsPerson(error: unknown): boolean {
  return error instanceof AuthError && NEEDS_PERSON.includes(error.code);
}
