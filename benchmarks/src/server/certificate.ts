// A certificate for 127.0.0.1, made anew for each run: no key lies in the repository.
import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

export interface Certificate {
  readonly key: string;
  readonly certificate: string;
  /** For NODE_EXTRA_CA_CERTS. */
  readonly file: string;
}

export async function makeCertificate(folder: string): Promise<Certificate> {
  const file = join(folder, "certificate.pem");
  const keyFile = join(folder, "key.pem");
  const subject = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await promisify(execFile)("openssl", ["req", ...kind, ...subject, "-keyout", keyFile, "-out", file]);
  const [key, certificate] = await Promise.all([readFile(keyFile, "utf8"), readFile(file, "utf8")]);
  return { key, certificate, file };
}
