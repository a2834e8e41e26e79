// What a person's network is set to, in words: which way a server is asked, and whose certificates count. Sends nothing.
import { uselessCertificateFiles } from "./inside/named-certificates.js";
import { mayHaveProxy } from "./inside/proxy-choice.js";

export interface NetworkFacts {
  /** Which way a server is asked, and which certificates count beside Node's and the system's. */
  readonly message: string;
  /** What is wrong with it; whoever sees to it reads `hint`. */
  readonly warning?: { readonly message: string; readonly hint: string };
}

const TRUSTED = ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];

/**
 * As `createNodePorts({ network: {} })` goes about it: by `HTTPS_PROXY`, `NODE_EXTRA_CA_CERTS` and the like. No password is in it.
 * Rejects with a TypeError, whose `cause` has a `hint`, for a proxy that cannot be used.
 */
export async function networkFacts(url: URL): Promise<NetworkFacts> {
  const proxy = mayHaveProxy(url, "environment")
    ? (await import("./inside/proxy-tunnel.js")).proxyFor(url, "environment")
    : undefined;
  const way = proxy ? `through ${proxy.name}` : "directly, by no proxy";
  const warning = unchecked() ?? useless();
  const trust = url.protocol !== "https:" || warning ? "" : trusted();
  return { message: `Requests to ${url.host} go ${way}.${trust}`, ...(warning && { warning }) };
}

function trusted(): string {
  const named = TRUSTED.flatMap((name) => (process.env[name] ? [`${process.env[name]} (${name})`] : []));
  return named.length === 0 ? "" : ` Certificates are trusted too by ${named.join(", ")}.`;
}

/** As Node reads it. */
function unchecked(): NetworkFacts["warning"] {
  if (process.env["NODE_TLS_REJECT_UNAUTHORIZED"] !== "0") return undefined;
  return {
    message:
      "NODE_TLS_REJECT_UNAUTHORIZED is 0: no certificate is checked, and anybody on the way can read the tokens.",
    hint: "Unset it. For a company's authority set NODE_EXTRA_CA_CERTS to a file with its certificate (PEM).",
  };
}

function useless(): NetworkFacts["warning"] {
  const files = uselessCertificateFiles();
  if (files.length === 0) return undefined;
  return { message: files.join(" "), hint: "Unset it, or name a file with certificates (PEM)." };
}
