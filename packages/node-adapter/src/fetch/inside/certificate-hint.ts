// What to do about a certificate that does not hold, by OpenSSL's names for why.

const UNTRUSTED: ReadonlySet<unknown> = new Set([
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "CERT_UNTRUSTED",
]);

/** Whether nobody who is trusted vouches for it: another authority might. */
export function isUntrusted(cause: unknown): cause is Error {
  return cause instanceof Error && "code" in cause && UNTRUSTED.has(cause.code);
}

/** `issuer`: who signed it, in its own words, which anybody could have written. */
export function certificateHint(cause: Error, host: string, issuer: string | undefined): string | undefined {
  const code = "code" in cause ? cause.code : undefined;
  const from = issuer === undefined ? "" : ` by ${JSON.stringify(issuer)}`;
  if (isUntrusted(cause))
    return (
      `The certificate of ${host} was issued${from}, whom nothing here vouches for. If that is your company's authority, ` +
      "set NODE_EXTRA_CA_CERTS to a file with its certificate (PEM)."
    );
  if (code === "CERT_HAS_EXPIRED" || code === "CERT_NOT_YET_VALID")
    return `The certificate of ${host}, issued${from}, is not valid at this machine's time: check the clock.`;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return `The certificate, issued${from}, is for another name than ${host}: check the address, and who answers there.`;
  return undefined;
}
