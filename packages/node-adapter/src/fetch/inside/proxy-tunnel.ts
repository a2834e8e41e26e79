// A tunnel through a proxy (RFC 9110 9.3.6, CONNECT), for one request.
import type { Agent } from "node:http";
import type { SecureContext } from "node:tls";
import { HttpsProxyAgent, type HttpsProxyAgentOptions } from "https-proxy-agent";
import { getProxyForUrl } from "proxy-from-env";
import { certificateHint } from "./certificate-hint.js";
import { fetchFailed } from "./exchange.js";
import type { OutgoingRequest } from "./outgoing.js";

export interface Tunnel {
  readonly agent: Agent;
  /** Why a status other than 200 ends it. */
  readonly onAnswer: (status: number) => Error | undefined;
  /** What failed on the way to the proxy, with what to do; undefined for all else. */
  readonly explain: (error: unknown) => TypeError | undefined;
}

export interface Proxy {
  /** Without the user and the password. */
  readonly proxy: URL;
  /** For a person: which one, and who says so. */
  readonly name: string;
  readonly credentials: string | undefined;
}

/** undefined where no proxy is meant for this address. Throws a TypeError as fetch does for one that cannot be used. */
export function tunnelFor(
  { url, signal }: Pick<OutgoingRequest, "url" | "signal">,
  choice: string,
  trust: SecureContext | undefined,
): Tunnel | undefined {
  const found = proxyFor(url, choice);
  if (!found) return undefined;
  const { proxy, name, credentials } = found;
  // Not in its address: what the agent tells a debugger would have the password in it.
  const options: HttpsProxyAgentOptions<string> & { signal?: AbortSignal } = {
    headers: credentials === undefined ? {} : { "Proxy-Authorization": `Basic ${credentials}` },
    // A proxy that is silent is left as soon as nobody waits for it any more.
    ...(signal && { signal }),
    ...(trust && { secureContext: trust }),
  };
  return {
    agent: new HttpsProxyAgent(proxy, options),
    onAnswer(status) {
      if (status === 200) return undefined;
      if (status === 407)
        return failure("PROXY_AUTHENTICATION_REQUIRED", "The proxy wants a user and a password.", {
          hint:
            credentials === undefined
              ? `${capital(name)} wants a user and a password: write them into its address, as http://user:password@${proxy.host}.`
              : `${capital(name)} does not accept the user and password in its address. Characters such as @ and : are written as %40 and %3A there.`,
        });
      return failure("PROXY_REFUSED", `The proxy answered with status ${status}.`, {
        hint: `${capital(name)} does not let requests to ${url.host} through (status ${status}). Ask who runs it, or name ${url.hostname} in NO_PROXY.`,
      });
    },
    explain(error) {
      const cause = error instanceof TypeError ? error.cause : undefined;
      if (!(cause instanceof Error) || "hint" in cause) return undefined;
      const ofCertificate = certificateHint(cause, proxy.hostname, undefined);
      return fetchFailed(
        Object.assign(cause, {
          hint:
            ofCertificate ??
            `It was asked through ${name}: see that the proxy can be reached, or name ${url.hostname} in NO_PROXY.`,
        }),
      );
    },
  };
}

/** The same, as long as nothing is sent. */
export function proxyFor(url: URL, choice: string): Proxy | undefined {
  const found = choice === "environment" ? fromEnvironment(url) : { address: choice, from: "network.proxy" };
  if (!found) return undefined;
  const { address, from } = found;
  const proxy = URL.canParse(address) ? new URL(address) : undefined;
  if (!proxy || !["http:", "https:"].includes(proxy.protocol) || proxy.hostname === "")
    throw fetchFailed(
      failure("PROXY_INVALID", `The proxy's address cannot be used.`, {
        hint: `${from} is no address of a proxy that is known here. Write it as http://user:password@proxy.example:3128.`,
      }),
    );
  // What is taken for the host then is a part of the password: nothing of it may be said.
  if (/@/.test(proxy.pathname + proxy.search + proxy.hash))
    throw fetchFailed(
      failure("PROXY_INVALID", `The proxy's address cannot be used.`, {
        hint: `${from} cannot be read: in the user and the password write @ : / ? and # as %40, %3A, %2F, %3F and %23.`,
      }),
    );
  const credentials = credentialsOf(proxy);
  proxy.username = "";
  proxy.password = "";
  return { proxy, name: `the proxy ${proxy.host} (${from})`, credentials };
}

function fromEnvironment(url: URL): { readonly address: string; readonly from: string } | undefined {
  const address = getProxyForUrl(url.href);
  if (address === "") return undefined;
  const names = [`${url.protocol.slice(0, -1)}_proxy`, "all_proxy"].flatMap((name) => [
    name,
    name.toUpperCase(),
  ]);
  const from = names.find((name) => process.env[name]) ?? "the environment";
  // Without a scheme people mean http, whatever the address asked for has.
  const written = process.env[from] ?? "";
  return { address: written.includes("://") ? address : `http://${written}`, from };
}

/** As they stand in the address, percent-encoded or, where that cannot be read, as they are. */
function credentialsOf({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined;
  return Buffer.from(`${decode(username)}:${decode(password)}`).toString("base64");
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function failure(code: string, message: string, { hint }: { readonly hint: string }): Error {
  return Object.assign(new Error(message), { code, hint });
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
