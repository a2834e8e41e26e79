// The certificates that this machine trusts, Node's and the system's together. Read once they are needed only.
import { readFileSync } from "node:fs";
import * as tls from "node:tls";
export { nameUselessFiles } from "./named-certificates.js";

/** Where Linux distributions and the BSDs keep them in one file: Debian, Fedora, SUSE, Alpine. */
const SYSTEM_FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** From Node 22.15 on. */
type WithSystem = typeof tls & { getCACertificates?: (type: "system") => string[] };

/**
 * Node's own, those of `NODE_EXTRA_CA_CERTS` and `SSL_CERT_FILE`, the system's, and `more`. On macOS and Windows Node knows the
 * system's from 22.15 on.
 */
export function widerTrust(more: readonly string[]): tls.SecureContext {
  const { env } = process;
  const named = [env["NODE_EXTRA_CA_CERTS"], env["SSL_CERT_FILE"]].flatMap((file) =>
    file ? read(file) : [],
  );
  return tls.createSecureContext({ ca: [...tls.rootCertificates, ...named, ...ofSystem(), ...more] });
}

function ofSystem(): readonly string[] {
  const { getCACertificates } = tls as WithSystem;
  const known = getCACertificates?.("system") ?? [];
  if (known.length > 0) return known;
  for (const file of SYSTEM_FILES) {
    const found = read(file);
    if (found.length > 0) return found;
  }
  return [];
}

function read(file: string): string[] {
  try {
    return [readFileSync(file, "utf8")];
  } catch {
    // Node has told of one that was named and is not there.
    return [];
  }
}
