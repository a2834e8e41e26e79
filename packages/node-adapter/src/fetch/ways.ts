// The way to a server for requests that no `fetch` can make (a body as it comes, WebSockets): whoever sends them over node:http goes
// through the same proxy, and trusts the same certificates, as the `fetch` port for a company's network.
import type { ClientRequest, RequestOptions } from "node:http";
import type { SecureContext } from "node:tls";
import { isConnected, watchPeer } from "./inside/peer.js";
import { mayHaveProxy } from "./inside/proxy-choice.js";
import { nameUselessFiles } from "./inside/named-certificates.js";
import { checkedNetwork, type NetworkOptions } from "./network.js";

export { networkFacts, type NetworkFacts } from "./facts.js";

/** How one request over node:http or node:https gets there. */
export interface Way {
  /**
   * Beside the request's own: which certificates count, and the agent of a tunnel through a proxy (CONNECT), for this request alone.
   * Without an agent in it the server is asked directly, by one of your own.
   */
  readonly options: Pick<RequestOptions, "agent">;
  /**
   * To be called as soon as the request is made. `onConnected` is called when TCP and TLS are up.
   * What it returns takes what the request failed with, and gives it a `hint` where a proxy or a certificate is the reason. A proxy that
   * answers in the server's place makes the request fail: that is never taken for the server's word.
   */
  readonly attend: (outgoing: ClientRequest, onConnected: () => void) => Explain;
}

type Explain = (cause: Error) => Error & { readonly hint?: string };

/**
 * Resolves with the way to `url` as `createNodePorts({ network })` takes it: certificates are those of Node, of
 * `NODE_EXTRA_CA_CERTS`, of `SSL_CERT_FILE`, of the system and of `options`, read once, at the first https address. When `signal` is
 * aborted, a proxy that is silent is left.
 *
 * Throws a TypeError that says what to write instead; the way rejects with one, whose `cause` has a `hint`, for a proxy of the
 * environment that cannot be used.
 *
 * @example
 * ```ts
 * import { request } from "node:https";
 * import { createWays } from "@loopkey/node-adapter/ways";
 *
 * const wayTo = createWays();
 * const url = new URL("https://api.example.com/notes");
 * const { options, attend } = await wayTo(url);
 * const outgoing = request(url, { method: "POST", ...options });
 * const explain = attend(outgoing, () => {});
 * outgoing.on("error", (error) => process.stderr.write(`${explain(error).hint ?? error.message}\n`));
 * process.stdin.pipe(outgoing);
 * ```
 */
export function createWays(options: NetworkOptions = {}): (url: URL, signal?: AbortSignal) => Promise<Way> {
  const { proxy = "environment", certificates = [] } = checkedNetwork(options);
  let trust: Promise<SecureContext> | undefined;
  const trusted = async (): Promise<SecureContext> => {
    const { widerTrust } = await import("./inside/trust.js");
    return widerTrust([certificates].flat());
  };
  return async (url, signal) => {
    const secureContext = url.protocol === "https:" ? await (trust ??= trusted()) : undefined;
    const tunnel = mayHaveProxy(url, proxy)
      ? (await import("./inside/proxy-tunnel.js")).tunnelFor({ url, signal }, proxy, secureContext)
      : undefined;
    return {
      options: { ...(secureContext && { secureContext }), ...(tunnel && { agent: tunnel.agent }) },
      attend(outgoing, onConnected) {
        const withHint = watchPeer(outgoing, url);
        let hasConnected = false;
        const connected = (): void => {
          hasConnected = true;
          onConnected();
        };
        outgoing.once("socket", (socket) => {
          if (isConnected(socket)) connected();
          else socket.once(url.protocol === "https:" ? "secureConnect" : "connect", connected);
        });
        outgoing.once("proxyConnect", ({ statusCode }: { readonly statusCode: number }) => {
          const why = tunnel?.onAnswer(statusCode);
          if (why) outgoing.destroy(why);
        });
        return (cause) => {
          const hinted = withHint(cause);
          if (hasConnected || !tunnel) return nameUselessFiles(hinted);
          const explained = tunnel.explain(new TypeError("fetch failed", { cause }))?.cause as
            | Error
            | undefined;
          return nameUselessFiles(explained ?? hinted);
        };
      },
    };
  };
}
