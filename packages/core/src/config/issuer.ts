// Which server it is: its issuer identifier (RFC 8414 2), and how it may be spelt.
import { AuthError } from "../ground/errors.js";
import { printable } from "../ground/printable.js";
import { wrongOption } from "./option-checks.js";
import { isSecureUrl } from "./secure-url.js";

interface IssuerOptions {
  readonly issuer?: string | URL;
  readonly server?: { readonly issuer: string };
  readonly metadataUrl?: string | URL;
}

/** Throws `invalid_config`, or `insecure_endpoint` for http. */
export function resolveIssuer({ issuer, server }: IssuerOptions): URL {
  if (issuer !== undefined && server !== undefined)
    throw wrongOption(
      "server",
      'stands beside "issuer". Give the issuer alone where the server has discovery, else the metadata alone',
    );
  const given = issuer ?? server?.issuer;
  if (given === undefined)
    throw wrongOption(
      "issuer",
      'is missing. Write the issuer\'s URL, like "https://id.example.com", or give the metadata as "server"',
    );
  const isText = typeof given === "string" || given instanceof URL;
  if (!isText || !URL.canParse(given))
    throw wrongOption(
      "issuer",
      `is not a URL: ${JSON.stringify(given)}. Write it like "https://id.example.com"`,
    );
  const url = new URL(given);
  if (url.username || url.password)
    throw wrongOption("issuer", "has a user name or password in it. Leave them out");
  if (url.search || url.hash)
    throw wrongOption("issuer", "has a query or a fragment. Write it exactly as the server's metadata does");
  const [, before] = /^(.*)\/\.well-known\//.exec(url.href) ?? [];
  if (before !== undefined)
    throw wrongOption("issuer", `is the address of a document. Write the issuer alone: "${before}"`);
  if (url.host === "")
    throw wrongOption(
      "issuer",
      `has no scheme. Write it like "${schemeFor(String(given))}://${printable(String(given), 100)}"`,
    );
  if (!isSecureUrl(url))
    throw new AuthError(
      "insecure_endpoint",
      `The issuer ${url.href} is not https. Write "https://${url.host}${url.pathname}"; http is for loopback hosts only.`,
      { detail: "issuer", hint: "A server without https is not one to sign in at." },
    );
  return url;
}

/** A URL that is an origin has a slash, whoever made it. */
export function issuerNames({ issuer }: IssuerOptions, { href, origin, pathname }: URL): readonly string[] {
  if (typeof issuer === "string") return [issuer];
  return pathname === "/" ? [href, origin] : [href];
}

/** Throws `invalid_config`, or `insecure_endpoint` for http. */
export function resolveMetadataUrl({ metadataUrl, server }: IssuerOptions): { readonly metadataUrl?: URL } {
  if (metadataUrl === undefined) return {};
  if (server !== undefined)
    throw wrongOption("metadataUrl", 'stands beside "server", which is the metadata. Leave one of them out');
  const example = '"https://id.example.com/tenant/.well-known/openid-configuration"';
  const isText = typeof metadataUrl === "string" || metadataUrl instanceof URL;
  if (!isText || !URL.canParse(metadataUrl))
    throw wrongOption("metadataUrl", `is not a URL. Write it like ${example}`);
  const url = new URL(metadataUrl);
  if (url.username || url.password || url.hash)
    throw wrongOption("metadataUrl", "has a user name, a password or a fragment in it. Leave them out");
  if (!isSecureUrl(url))
    throw new AuthError("insecure_endpoint", `The metadata's address ${printable(url.href)} is not https.`, {
      detail: "metadataUrl",
      hint: "Who can change the document on its way names the endpoints.",
    });
  return { metadataUrl: url };
}

function schemeFor(address: string): string {
  return /^(?:localhost|127\.0\.0\.1|\[::1\])(?::|$)/.test(address) ? "http" : "https";
}
