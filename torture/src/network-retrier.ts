// The client that most people write: it keeps its refresh token in memory, and tries again when the network fails.
import { createHash, randomBytes } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { createPerson, type PersonOptions } from "@loopkey/example-identity-provider";

export interface RetrierOptions {
  readonly authorizationEndpoint: string;
  readonly tokenEndpoint: string;
  readonly clientId: string;
  readonly person: PersonOptions;
  readonly requestTimeoutMs: number;
}

const REDIRECT_URI = "http://127.0.0.1/callback";
const TRIES = 5;
const PAUSE_MS = 500;

export function createRetrier(options: RetrierOptions) {
  const { authorizationEndpoint, tokenEndpoint, clientId, person, requestTimeoutMs } = options;
  let refreshToken = "";

  /** undefined when it was refused. */
  async function askForTokens(parameters: Record<string, string>): Promise<true | undefined> {
    const response = await fetch(tokenEndpoint, {
      method: "POST",
      body: new URLSearchParams({ client_id: clientId, ...parameters }),
      signal: AbortSignal.timeout(requestTimeoutMs),
    });
    if (response.status >= 500) throw new Error(`The server answered ${response.status}.`);
    const answer = (await response.json()) as { refresh_token?: string };
    if (answer.refresh_token === undefined) return undefined;
    refreshToken = answer.refresh_token;
    return true;
  }

  return {
    async signIn(): Promise<void> {
      const verifier = randomBytes(32).toString("base64url");
      const url = new URL(authorizationEndpoint);
      url.search = new URLSearchParams({
        client_id: clientId,
        response_type: "code",
        redirect_uri: REDIRECT_URI,
        scope: "openid offline_access",
        state: "state",
        code_challenge: createHash("sha256").update(verifier).digest("base64url"),
        code_challenge_method: "S256",
      }).toString();
      const code = new URL(await createPerson(person).follow(url.href)).searchParams.get("code")!;
      const grant = { grant_type: "authorization_code", code, redirect_uri: REDIRECT_URI };
      if (!(await askForTokens({ ...grant, code_verifier: verifier }))) throw new Error("It cannot sign in.");
    },

    /** Whether the session is still there. */
    async refresh(): Promise<boolean> {
      for (let tries = 1; ; tries++) {
        try {
          // oxlint-disable-next-line no-await-in-loop
          return (await askForTokens({ grant_type: "refresh_token", refresh_token: refreshToken })) ?? false;
        } catch (error) {
          if (tries === TRIES) throw error;
        }
        // oxlint-disable-next-line no-await-in-loop
        await sleep(PAUSE_MS);
      }
    },
  };
}
