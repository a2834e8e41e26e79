// The words that may be kept of what went wrong: nothing that a server, an adapter or a person has said otherwise gets into a history.

/** Of the details and codes of this project and of its adapters, of OAuth's errors in the words of many servers, and of systems. */
const WORDS = new Set(
  // What is asked, sent and kept.
  (
    "access account acr alg an api array at auth authentication authorization aud azp body browser buffer bus challenge claims client " +
    "code collection connect consent console credentials dbus device dpop endpoint endpoints exp expires file folder format generation " +
    "grant grants hash headers iat id interaction iss issuer json jwks key keys kept lock login logon machine metadata method methods " +
    "mode name nbf nonce object path post proof provider proxy pushed record redirect refresh registration request resource response " +
    "scope scopes secret selection server service session signing state sub subject supported target time token tokens type types uri " +
    "uris url user userinfo values verification version " +
    // What is wrong with it, and how a server says so.
    "ambiguous another answers authorize bad busy config damaged declined deleted denied disabled dismissed doubt err error " +
    "expired failed failure fatal found in incorrect insecure insufficient internal invalid large limit locked mismatch missing newer " +
    "no not or out pending ratelimited refused replaced required responding revoked saved slow timed temporarily timeout to too " +
    "unauthorized unavailable unexpected unknown unreachable unsupported unusable used v wrong " +
    // Of systems: errno, Node's fetch, TLS.
    "eacces eaddrinuse eaddrnotavail eafnosupport eagain eai again fail ebusy econnaborted econnrefused econnreset edquot eexist " +
    "ehostunreach einval eio eisdir eloop emfile enametoolong enetdown enetunreach enfile enoent enomem enospc enosys enotdir " +
    "enotfound enotsup eperm epipe eproto erofs estale etimedout und closed socket ssl tls cert altname has yet valid unable get " +
    "verify leaf signature local depth zero self signed chain number"
  ).split(" "),
);

const LONGEST = 80;

/**
 * `invalid_grant`, `clientSecretExpiresAt`, `ECONNREFUSED` or `401` as it stands; undefined for whatever has another word in it,
 * which may be a secret, or say one.
 */
export function inKnownWords(text: string): string | undefined {
  if (/^\d{3}$/.test(text)) return text;
  const words = text
    .replace(/([a-z])([A-Z])/g, "$1 $2")
    .toLowerCase()
    .split(/[ _]/);
  return text.length <= LONGEST && words.every((word) => WORDS.has(word)) ? text : undefined;
}
