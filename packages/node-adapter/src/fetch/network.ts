// The `fetch` port for a company's network: its proxy, and the certificates that the machine trusts.
import type { BareResponse, Fetch } from "@loopkey/core";
import { agentFor } from "./inside/agents.js";
import { isUntrusted } from "./inside/certificate-hint.js";
import { exchange } from "./inside/exchange.js";
import { mayHaveProxy } from "./inside/proxy-choice.js";
import { isNodesFetch } from "./inside/runtime.js";
import { createTransport, type Send } from "./transport.js";

export interface NetworkOptions {
  /**
   * `environment`: what `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY` say, in small or capital letters; `none`; or the
   * proxy's address, as `http://user:password@proxy.example:3128`. Addresses of this machine are never asked through one.
   * @default "environment"
   */
  readonly proxy?: "environment" | "none" | (string & {});
  /**
   * Certificates (PEM) of authorities to trust beside those of Node, of `NODE_EXTRA_CA_CERTS` and of the system.
   * @default none
   */
  readonly certificates?: string | readonly string[];
}

/**
 * `fetch` through the proxy, trusting what the machine trusts: a certificate that Node does not know is held against the
 * system's and the given authorities before it is refused. Through a proxy each request has a connection of its own. A body
 * that is a stream is read whole before it is sent. In another runtime than Node, and where somebody has replaced
 * `globalThis.fetch`, that one is called.
 *
 * Throws a TypeError that says what to write instead.
 */
export function createNetworkFetch(options: NetworkOptions): Fetch {
  const { proxy = "environment", certificates = [] } = checkedNetwork(options);
  // Kept apart for who has certificates of their own; read at the first need, for that takes a tenth of a second.
  let trust: ReturnType<typeof loadTrust> | undefined;
  const wider = async (): ReturnType<typeof loadTrust> => (trust ??= loadTrust(certificates));

  const send: Send = async (request, onConnected) => {
    const attempt = async (known: Awaited<typeof trust>) => {
      const tunnel = mayHaveProxy(request.url, proxy)
        ? (await import("./inside/proxy-tunnel.js")).tunnelFor(request, proxy, known)
        : undefined;
      const agent = tunnel?.agent ?? (onConnected ? false : agentFor(request.url, known));
      return exchange(request, {
        agent,
        trust: known,
        onConnected,
        onProxyAnswer: tunnel?.onAnswer,
      }).catch((error: unknown) => {
        throw tunnel?.explain(error) ?? error;
      });
    };
    const attemptTrusting = async () =>
      attempt(await wider()).catch(async (error: unknown) => {
        const cause = error instanceof TypeError ? error.cause : undefined;
        if (isUntrusted(cause)) (await import("./inside/trust.js")).nameUselessFiles(cause);
        throw error;
      });
    if (trust) return attemptTrusting();
    // Nothing has been sent when a certificate is refused: the request can be sent again.
    return attempt(undefined).catch(async (error: unknown) => {
      if (!(error instanceof TypeError && isUntrusted(error.cause))) throw error;
      return attemptTrusting();
    });
  };
  const { fetchOverHttp, fetchOnOwnConnection } = createTransport(send);
  const isOurs = (): boolean => isNodesFetch(globalThis.fetch);
  return Object.defineProperties(
    async (input: string | URL | Request, init?: RequestInit) =>
      isOurs() ? toResponse(await fetchOverHttp(input, init)) : globalThis.fetch(input, init),
    {
      bare: { get: () => (isOurs() ? fetchOverHttp : undefined), enumerable: true },
      onOwnConnection: { get: () => (isOurs() ? fetchOnOwnConnection : undefined), enumerable: true },
    },
  );
}

async function loadTrust(certificates: string | readonly string[]) {
  const { widerTrust } = await import("./inside/trust.js");
  return widerTrust([certificates].flat());
}

function toResponse({ status, statusText, url, redirected, headers, body }: BareResponse): Response {
  const pairs = [...headers].map(([name, value]): [string, string] => [name, value]);
  const stream = body === null || "getReader" in body ? body : ReadableStream.from(body);
  const response = new Response(stream as ReadableStream<Uint8Array<ArrayBuffer>> | null, {
    status,
    statusText,
    headers: pairs,
  });
  // A Response that was made by hand has no address.
  return Object.defineProperties(response, { url: { value: url }, redirected: { value: redirected } });
}

const NAMES = ["proxy", "certificates"] as const satisfies (keyof NetworkOptions)[];

/** Throws a TypeError that says what to write instead. */
export function checkedNetwork(options: NetworkOptions): NetworkOptions {
  if (typeof options !== "object" || options === null)
    throw new TypeError("network is not an object. Write network: {}, or leave it out.");
  const unknown = Object.keys(options).find((name) => !(NAMES as readonly string[]).includes(name));
  if (unknown !== undefined)
    throw new TypeError(`network has no option ${JSON.stringify(unknown)}. It takes ${NAMES.join(", ")}.`);
  const { proxy, certificates } = options;
  const isAddress = typeof proxy === "string" && /^https?:/.test(proxy) && URL.canParse(proxy);
  if (proxy !== undefined && proxy !== "environment" && proxy !== "none" && !isAddress)
    throw new TypeError(
      'network.proxy is none of "environment", "none" and an address such as "http://proxy.example:3128".',
    );
  const texts = [certificates ?? []].flat() as unknown[];
  if (!texts.every((text) => typeof text === "string" && text.includes("-----BEGIN CERTIFICATE-----")))
    throw new TypeError("network.certificates are not PEM. Pass what the file has in it, not its name.");
  return options;
}
