// Where the browser signs out, at a server that has names of its own for what RP-Initiated Logout 1.0 names.
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { wrongOption } from "./option-checks.js";
import { isSecureUrl } from "./secure-url.js";

/** What may stand in braces, by the names of OpenID Connect RP-Initiated Logout 1.0 2. */
const VALUES = ["client_id", "post_logout_redirect_uri", "state", "id_token_hint"] as const;

export type EndSessionValues = Readonly<Record<(typeof VALUES)[number], string>>;

const EXAMPLE = '"https://id.example.com/logout?client_id={client_id}&logout_uri={post_logout_redirect_uri}"';

/** Throws `invalid_config`, or `insecure_endpoint` for http. */
export function resolveEndSessionUrl(given: string | undefined): { readonly endSessionUrl?: string } {
  if (given === undefined) return {};
  if (typeof given !== "string" || !URL.canParse(given))
    throw wrongOption("endSessionUrl", `is not a URL. Write it like ${EXAMPLE}`);
  const url = new URL(given);
  if (url.username || url.password || url.hash)
    throw wrongOption("endSessionUrl", "has a user name, a password or a fragment in it. Leave them out");
  if (
    /[{}]|%7[bd]/i.test(`${url.host}${url.pathname}`) ||
    [...url.searchParams.keys()].some((name) => /[{}]/.test(name))
  )
    throw wrongOption(
      "endSessionUrl",
      `has braces elsewhere than in the value of a parameter. Write it like ${EXAMPLE}`,
    );
  for (const value of url.searchParams.values()) {
    const [, name] = /^\{(.*)\}$/.exec(value) ?? [];
    const isKnown = name !== undefined && (VALUES as readonly string[]).includes(name);
    if (/[{}]/.test(value) && !isKnown)
      throw wrongOption(
        "endSessionUrl",
        `has ${JSON.stringify(printable(value, 60))}. In braces stands one of ${VALUES.join(", ")}, and nothing beside it`,
      );
  }
  if (!isSecureUrl(url))
    throw new AuthError("insecure_endpoint", `The address ${printable(given)} is not https.`, {
      detail: "endSessionUrl",
      hint: "It may carry the ID token.",
    });
  return { endSessionUrl: given };
}

/** A value that there is none of takes its parameter with it. */
export function fillEndSessionUrl(template: string, values: Partial<EndSessionValues>): URL {
  const url = new URL(template);
  // They change on the way.
  const parameters = Array.from(url.searchParams);
  for (const [name, value] of parameters) {
    const [, wanted] = /^\{(.*)\}$/.exec(value) ?? [];
    if (wanted === undefined) continue;
    const filled = values[wanted as keyof EndSessionValues];
    if (filled === undefined) url.searchParams.delete(name);
    else url.searchParams.set(name, filled);
  }
  return url;
}
