// Files with certificates that the environment names: Node says nothing of one that gives it none.
import { readFileSync, statSync } from "node:fs";
import type { Environment } from "../../ground/environment.js";
import { isUntrusted } from "./certificate-hint.js";

const VARIABLES = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
const BLOCK = /-----BEGIN (?:TRUSTED )?CERTIFICATE-----[^-]+-----END (?:TRUSTED )?CERTIFICATE-----/g;
/** More than every authority there is; a device has no end. */
const MOST_BYTES = 16_777_216;

/** A sentence about each variable whose file gives no certificate; none where nothing is named, or all have one. */
export function uselessCertificateFiles(env: Environment = process.env): readonly string[] {
  return VARIABLES.flatMap((variable) => {
    const path = env[variable];
    const why = path ? whyUseless(path) : undefined;
    return why === undefined ? [] : [`${variable} is set, but ${path} ${why}.`];
  });
}

/** What a certificate was refused with, with more in its hint where a variable names a file in vain. */
export function nameUselessFiles<Cause>(cause: Cause): Cause {
  const { hint } = cause as { readonly hint?: string };
  return hint === undefined || !isUntrusted(cause)
    ? cause
    : Object.assign(cause, { hint: [hint, ...uselessCertificateFiles()].join(" ") });
}

function whyUseless(path: string): string | undefined {
  let bytes: Buffer;
  try {
    const stats = statSync(path);
    if (!stats.isFile()) return "is not a file";
    if (stats.size > MOST_BYTES) return "is too large to be one";
    bytes = readFileSync(path);
  } catch (error) {
    return `cannot be read (${(error as NodeJS.ErrnoException).code})`;
  }
  if ((bytes.toString("latin1").match(BLOCK) ?? []).some((block) => isCertificate(block))) return undefined;
  return isCertificate(bytes)
    ? "is in DER, not in PEM: openssl x509 -inform DER -in FILE -out FILE.pem writes it anew"
    : "has no certificate in it that can be read (PEM)";
}

function isCertificate(text: string | Buffer): boolean {
  try {
    // Not imported: a class is taken from its module at once, and all of node:crypto is nothing that a printed token needs.
    const { X509Certificate } = process.getBuiltinModule("node:crypto");
    return new X509Certificate(text).raw.length > 0;
  } catch {
    return false;
  }
}
