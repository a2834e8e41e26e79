// Who may have issued an ID token where many tenants stand behind one issuer: text with names of claims in it.
import { wrongOption } from "./option-checks.js";
import { isSecureUrl } from "./secure-url.js";

const CLAIM = /\{([A-Za-z_][A-Za-z0-9_]*)\}/g;
const CLAIM_VALUE = /^[A-Za-z0-9._-]{1,128}$/;
const EXAMPLE = '"https://login.example.com/{tid}/v2.0"';

export function resolveIdTokenIssuers(given: string | readonly string[] = []): readonly string[] {
  return (Array.isArray(given) ? given : [given]).map(checked);
}

function checked(template: unknown): string {
  if (typeof template !== "string") throw wrongOption("idTokenIssuer", `must be text, like ${EXAMPLE}`);
  const example = template.replace(CLAIM, "x");
  if (/[{}]/.test(example))
    throw wrongOption("idTokenIssuer", `has a brace that is not round the name of a claim. Write ${EXAMPLE}`);
  // Which server it is must not hang on what a token says.
  const isFixed = /^https?:\/\/[^/{}?#@\\]+(?:\/|$)/.test(template);
  if (!URL.canParse(example) || !isFixed || !isSecureUrl(new URL(example)))
    throw wrongOption(
      "idTokenIssuer",
      `must be https with a host, claims in its path only. Write ${EXAMPLE}`,
    );
  if (template.includes("{iss}"))
    throw wrongOption("idTokenIssuer", `may not have "iss" in it: that is what is checked. Write ${EXAMPLE}`);
  return template;
}

/** The `iss` that a template makes with these claims; undefined where a claim is missing or not plain. */
export function issuerFrom(template: string, claims: Readonly<Record<string, unknown>>): string | undefined {
  let isPlain = true;
  const issuer = template.replace(CLAIM, (_, name: string) => {
    const value = Object.hasOwn(claims, name) ? claims[name] : undefined;
    const fits = typeof value === "string" && CLAIM_VALUE.test(value);
    isPlain &&= fits;
    return fits ? value : "";
  });
  return isPlain ? issuer : undefined;
}

/** Whether some claims could make it: for where there is no ID token to ask yet. */
export function couldBeFrom(template: string, issuer: string): boolean {
  const parts = template
    .split(CLAIM)
    .map((part, at) => (at % 2 === 0 ? quoted(part) : "[A-Za-z0-9._-]{1,128}"));
  return new RegExp(`^${parts.join("")}$`).test(issuer);
}

function quoted(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
