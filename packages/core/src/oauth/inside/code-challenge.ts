// The PKCE challenge of a verifier: S256 (RFC 7636 4.2).

/**
 * As oauth4webapi has it, whose own knows an ArrayBuffer by its class: what Web Crypto gives is of another one where a test
 * environment has put its globals in place of the runtime's (jsdom).
 */
export async function codeChallenge(codeVerifier: string): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(codeVerifier));
  const bytes = String.fromCharCode(...new Uint8Array(digest));
  return btoa(bytes).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}
