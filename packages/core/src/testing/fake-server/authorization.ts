// The authorization endpoint (RFC 6749 3.1): judges the request, plays the person, hands out codes and redeems them.
import { sha256 } from "../jwt.js";
import { oauthError, type Grant, type ServerContext } from "./context.js";
import { createBrowserSession } from "./browser-session.js";
import { createAuthorizationJudge } from "./authorization-judge.js";
import type { PushedRequests } from "./par.js";
import type { SeenRequest } from "./switches.js";

export interface Authorization {
  authorize(url: string, decision: "allow" | "deny"): string;
  /** The grant behind a code, or why there is none. `jkt`: of the key the token request proves. */
  redeem(request: SeenRequest, jkt: string | undefined): Promise<Grant | Response>;
  /** A code is called otherwise from now on. */
  rename(code: string, name: string): void;
  /** The person signs out in their browser. */
  forgetPerson(): void;
  readonly requests: readonly URLSearchParams[];
}

interface IssuedCode {
  readonly parameters: URLSearchParams;
  readonly signIn: Grant["signIn"];
  grant?: Grant;
  isSpent: boolean;
}

export function createAuthorization(context: ServerContext, pushed: PushedRequests): Authorization {
  const { issuer, note, issue } = context;
  const codes = new Map<string, IssuedCode>();
  const requests: URLSearchParams[] = [];
  const judge = createAuthorizationJudge(context);
  const person = createBrowserSession(context);

  function redirectTo(parameters: URLSearchParams, answer: Readonly<Record<string, string>>): string {
    const redirect = new URL(parameters.get("redirect_uri") ?? "");
    const state = parameters.get("state");
    if (state !== null) redirect.searchParams.set("state", state);
    redirect.searchParams.set("iss", issuer);
    for (const [name, value] of Object.entries(answer)) redirect.searchParams.set(name, value);
    return redirect.href;
  }

  return {
    requests,
    rename(code, name) {
      const issued = codes.get(code);
      if (!issued) throw new Error("There is no such code");
      codes.delete(code);
      codes.set(name, issued);
      context.secrets.push(name);
    },
    forgetPerson: () => person.forget(),
    authorize(url, decision) {
      const { searchParams: sent } = new URL(url);
      const parameters = pushed.resolve(sent);
      const error = judge(parameters, { isPushed: parameters !== sent });
      requests.push(parameters);
      if (error) return redirectTo(parameters, { error });
      if (decision === "deny") return redirectTo(parameters, { error: "access_denied" });
      const signIn = person.signIn(parameters);
      if (!signIn) return redirectTo(parameters, { error: "login_required" });
      const code = issue("code");
      codes.set(code, { parameters, signIn, isSpent: false });
      return redirectTo(parameters, { code });
    },
    async redeem({ body }, jkt) {
      const issued = codes.get(body.get("code") ?? "");
      const refuse = (why: string): Response => {
        note(`The token request: ${why}.`);
        return oauthError("invalid_grant", why);
      };
      if (!issued) return refuse("the code was never given out");
      if (issued.isSpent) {
        // RFC 6749 4.1.2: what came of it may be in the wrong hands.
        if (issued.grant) issued.grant.isOver = true;
        return refuse("the code came a second time");
      }
      issued.isSpent = true;
      const { parameters, signIn } = issued;
      const clientId = parameters.get("client_id") ?? "";
      const challenge = await sha256(body.get("code_verifier") ?? "");
      if (parameters.get("code_challenge") !== challenge)
        return refuse("the verifier does not match the challenge");
      if (parameters.get("redirect_uri") !== body.get("redirect_uri"))
        return refuse("the redirect_uri is not that of the authorization request");
      if (clientId !== body.get("client_id")) return refuse("the code is another client's");
      const bound = parameters.get("dpop_jkt");
      if (bound !== null && bound !== jkt) return refuse("the code is bound to another key");
      issued.grant = { clientId, parameters, signIn, isOver: false };
      return issued.grant;
    },
  };
}
