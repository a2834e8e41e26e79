// The person's session at the server, in their browser: whether they must sign in again (OpenID Connect Core 3.1.2.1).
import type { ServerContext } from "./context.js";
import type { PersonSignIn } from "./switches.js";

export interface BrowserSession {
  /** How the person is signed in after this request; undefined when they would have to, and may not be asked. */
  signIn(parameters: URLSearchParams): PersonSignIn | undefined;
  forget(): void;
}

export function createBrowserSession({ now }: Pick<ServerContext, "now">): BrowserSession {
  let current: PersonSignIn | undefined;

  function isGoodEnough(parameters: URLSearchParams): boolean {
    if (!current) return false;
    const maxAge = parameters.get("max_age");
    const acrValues = words(parameters.get("acr_values"));
    if (maxAge !== null && now() - current.at > Number(maxAge) * 1000) return false;
    return acrValues.length === 0 || (current.acr !== undefined && acrValues.includes(current.acr));
  }

  return {
    signIn(parameters) {
      const prompt = words(parameters.get("prompt"));
      const asksAgain = prompt.includes("login") || prompt.includes("select_account");
      if (!asksAgain && isGoodEnough(parameters)) return current;
      if (prompt.includes("none")) return undefined;
      const [acr] = words(parameters.get("acr_values"));
      current = { at: now(), ...(acr === undefined ? {} : { acr }) };
      return current;
    },
    forget() {
      current = undefined;
    },
  };
}

function words(text: string | null): string[] {
  return text?.split(" ").filter(Boolean) ?? [];
}
