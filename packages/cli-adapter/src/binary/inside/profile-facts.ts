// What is known of a profile before its client is there, and what to say where that is not enough.
import { AuthError } from "@loopkey/core/light";
import type { Opened } from "../../commands/frame.js";
import type { Advice } from "../../outcome/failure.js";
import type { Profile } from "../../profiles/profile.js";
import { MEMORY_ADVICE, type StoreKind } from "../../profiles/store.js";

export const NAME = "loopkey";

const OF_OPTIONS: ReadonlySet<string> = new Set(["invalid_config", "insecure_endpoint"]);

/** What is wrong with what a profile says, not with what it leads to. */
export function isOfOptions({ code }: AuthError): boolean {
  return OF_OPTIONS.has(code);
}

export function factsOf(
  name: string,
  { issuer, clientId, postLogoutRedirectUris, apiOrigins = [] }: Profile,
  kind: StoreKind,
  advice: Advice,
): Pick<Opened, "account" | "advice" | "apiOrigins" | "postLogoutRedirectUris" | "remember"> {
  return {
    apiOrigins: apiOrigins.map((entry) => (typeof entry === "string" ? entry : entry.origin)),
    ...(postLogoutRedirectUris && { postLogoutRedirectUris }),
    account: { profile: name, issuer, clientId },
    advice: { ...advice, ...(kind === "memory" ? {} : { store: MEMORY_ADVICE }) },
    remember: async () => {},
  };
}

export function openNothing(profile: string, advice: Advice): Opened {
  return {
    client: undefined,
    account: { profile, issuer: null, clientId: null },
    advice: { ...advice, signIn: `${advice.signIn} --issuer URL --client-id ID` },
    remember: async () => {},
    close: async () => {},
  };
}

/** What is not known of the server, and what to run. */
export function missingOptions(option: string, command: "login" | "doctor") {
  return (options: string): AuthError =>
    new AuthError("invalid_config", `${options} must be given.`, {
      hint: `Run "${NAME} ${command}${option} --issuer URL --client-id ID".`,
    });
}

/** Two servers share no profile by accident: the session of the first would be gone. */
export function otherServer(
  name: string,
  { issuer: before }: Profile,
  { issuer, clientId }: Profile,
  others: readonly string[],
): AuthError {
  const free = freeName(URL.canParse(issuer) ? new URL(issuer).hostname : "", [name, ...others]);
  return new AuthError("invalid_config", `The profile "${name}" is of another server: ${before}.`, {
    detail: "profile",
    hint:
      `Give this one a name: ${NAME} login --profile ${free} --issuer ${issuer} --client-id ${clientId}. ` +
      `Or replace that one by --profile ${name}.`,
  });
}

/** A name for a profile that nobody has yet. */
export function freeName(like: string, taken: readonly string[]): string {
  const base = like.replace(/[^A-Za-z0-9._-]+/g, "-").slice(0, 60) || "other";
  const numbers = Array.from({ length: taken.length + 1 }, (_, index) => index + 2);
  return [base, ...numbers.map((number) => `${base}-${number}`)].find((each) => !taken.includes(each))!;
}
