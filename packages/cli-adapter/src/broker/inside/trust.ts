// How the program comes to trust the authority of this run, beside all those that it trusts anyway.
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rootCertificates } from "node:tls";

export interface Trust {
  readonly env: Readonly<Record<string, string>>;
  remove(): Promise<void>;
}

/** Where systems keep the public authorities. */
const SYSTEM_FILES = [
  "/etc/ssl/certs/ca-certificates.crt",
  "/etc/pki/tls/certs/ca-bundle.crt",
  "/etc/ssl/ca-bundle.pem",
  "/etc/ssl/cert.pem",
];

/** Read in place of the system's: OpenSSL and Go, requests, curl, git, pip, cargo, AWS, gRPC. */
const INSTEAD = [
  "SSL_CERT_FILE",
  "REQUESTS_CA_BUNDLE",
  "CURL_CA_BUNDLE",
  "GIT_SSL_CAINFO",
  "PIP_CERT",
  "CARGO_HTTP_CAINFO",
  "AWS_CA_BUNDLE",
  "GRPC_DEFAULT_SSL_ROOTS_FILE_PATH",
];

/** Read beside them: Node, Deno. */
const BESIDE = ["NODE_EXTRA_CA_CERTS", "DENO_CERT"];

/** Writes certificates, and no key, to a folder that is the person's own. */
export async function createTrust(
  pem: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Trust> {
  const folder = await mkdtemp(join(tmpdir(), "loopkey-broker-ca-"));
  const named = async (names: readonly string[]): Promise<string[]> => {
    const paths = new Set(names.flatMap((name) => env[name] ?? []));
    return (await Promise.all([...paths].map(readIfThere))).filter((text) => text !== undefined);
  };
  const [instead, beside] = await Promise.all([named(INSTEAD), named(BESIDE)]);
  const kept = instead.length > 0 ? instead : [await systemAuthorities()];
  const all = join(folder, "authorities.pem");
  const own = join(folder, "broker.pem");
  await writeFile(all, [pem, ...beside, ...kept].join("\n"));
  await writeFile(own, [pem, ...beside].join("\n"));
  return {
    env: Object.fromEntries([
      ...INSTEAD.map((name) => [name, all] as const),
      ...BESIDE.map((name) => [name, own] as const),
    ]),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function systemAuthorities(): Promise<string> {
  for (const path of SYSTEM_FILES) {
    // The first that is there.
    // oxlint-disable-next-line no-await-in-loop
    const text = await readIfThere(path);
    if (text !== undefined) return text;
  }
  return rootCertificates.join("\n");
}

function readIfThere(path: string): Promise<string | undefined> {
  return readFile(path, "utf8").catch(() => undefined);
}
