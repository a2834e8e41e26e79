// A certificate authority of this run: its key is in memory alone, and it signs for the allowed origins alone.
import { webcrypto } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext, type SecureContext } from "node:tls";
// Before the library, whose parts find each other by it.
import "reflect-metadata";
import {
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  PemConverter,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  AuthorityKeyIdentifierExtension,
  X509CertificateGenerator,
} from "@peculiar/x509";

export interface Authority {
  /** For whoever is to trust it. */
  readonly pem: string;
  /** What a server of this host shows. */
  contextFor(hostname: string): Promise<SecureContext>;
}

const KEYS = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const DAY_MS = 86_400_000;
/** A run of the broker is longer than a day at the most by mistake; some programs take no leaf of more than 398 days. */
const LIFE_MS = 30 * DAY_MS;

export async function createAuthority(): Promise<Authority> {
  const { subtle } = webcrypto;
  const newKeys = (isExtractable: boolean): Promise<webcrypto.CryptoKeyPair> =>
    subtle.generateKey(KEYS, isExtractable, ["sign", "verify"]);
  const keys = await newKeys(false);
  // A clock may be a little ahead of the program's.
  const life = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + LIFE_MS) };
  const name = "CN=Loopkey broker (this run only)";
  const root = await X509CertificateGenerator.createSelfSigned({
    ...life,
    name,
    keys,
    signingAlgorithm: KEYS,
    extensions: [
      new BasicConstraintsExtension(true, 0, true),
      new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true),
      await SubjectKeyIdentifierExtension.create(keys.publicKey),
    ],
  });
  const contexts = new Map<string, Promise<SecureContext>>();

  async function sign(hostname: string): Promise<SecureContext> {
    const own = await newKeys(true);
    const leaf = await X509CertificateGenerator.create({
      ...life,
      subject: "CN=Loopkey broker",
      issuer: name,
      publicKey: own.publicKey,
      signingKey: keys.privateKey,
      signingAlgorithm: KEYS,
      extensions: [
        new BasicConstraintsExtension(false, undefined, true),
        new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
        new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
        new SubjectAlternativeNameExtension([{ type: isIP(hostname) ? "ip" : "dns", value: hostname }]),
        await AuthorityKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    const key = PemConverter.encode(await subtle.exportKey("pkcs8", own.privateKey), "PRIVATE KEY");
    return createSecureContext({ key, cert: `${leaf.toString("pem")}\n${root.toString("pem")}` });
  }

  return {
    pem: `${root.toString("pem")}\n`,
    contextFor(hostname) {
      const context = contexts.get(hostname) ?? sign(hostname);
      contexts.set(hostname, context);
      return context;
    },
  };
}
