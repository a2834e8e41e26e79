// Addresses as tools and people name them, and the origin that they stand for: one that all programs find in them, or none.
import { AuthError } from "@loopkey/core/light";

/**
 * Undefined for what is none of http, and for what two programs could read in two ways: the token of the one host would be sent to
 * the other.
 */
export function originOf(address: string): URL | undefined {
  const [upToPath = ""] = /^[^/]*\/\/[^/?#]*/.exec(address) ?? [];
  // A backslash is a slash to some; what is encoded or does not show is decoded or dropped by some.
  if (!/^https?:\/\/([^@]*@)?[^@]+$/i.test(upToPath) || /[\\\s\p{C}]/u.test(upToPath)) return undefined;
  if (upToPath.replace(/^.*[/@]/, "").includes("%") || !URL.canParse(upToPath)) return undefined;
  return new URL(new URL(upToPath).origin);
}

/** What a host alone may stand for: https, and plain http on this machine. What has a scheme stands for itself. */
export function addressesOf(host: string): readonly string[] {
  const isAddress = /^[a-z][a-z0-9+.-]*:\/\//i.test(host);
  return isAddress || host.includes("@") ? [host] : [`https://${host}`, `http://${host}`];
}

/** The option --host: an address, or a host of https. Throws `invalid_config`. */
export function toUrl(host: string): URL {
  const text = /^https?:\/\//i.test(host) ? host : `https://${host}`;
  if (originOf(text) !== undefined && URL.canParse(text)) {
    const url = new URL(text);
    if (url.username === "" && url.password === "") return url;
  }
  throw new AuthError("invalid_config", "The option --host names no host.", {
    detail: "host",
    hint: 'Write it like "--host api.example.com", or as an address of https, without a user name.',
  });
}
