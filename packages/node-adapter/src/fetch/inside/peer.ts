// Who answers a request, and what to do where their certificate does not hold.
import type { ClientRequest } from "node:http";
import type { TLSSocket } from "node:tls";
import { certificateHint } from "./certificate-hint.js";

/** Whether TCP and TLS are up. */
export function isConnected(socket: object): boolean {
  const { connecting, secureConnecting } = socket as TLSSocket & { secureConnecting?: boolean };
  return !connecting && !secureConnecting;
}

/**
 * Gives what the request fails with its `hint`, where it is the certificate. Before there is a connection to the server a certificate
 * is a proxy's, whose name is not known here. To be called before anybody else listens for the request's socket.
 */
export function watchPeer(outgoing: ClientRequest, { hostname }: URL): (cause: Error) => Error {
  let peer: { readonly issuer?: string | undefined } | undefined;
  outgoing.once("socket", (socket) => {
    peer = {};
    if (isConnected(socket)) return;
    // Before Node judges the certificate: afterwards the connection is gone, and the certificate with it.
    socket.prependOnceListener("secure", () => (peer = { issuer: issuerOf(socket as TLSSocket) }));
  });
  return (cause) => {
    const hint = peer && certificateHint(cause, hostname, peer.issuer);
    return hint === undefined ? cause : Object.assign(cause, { hint });
  };
}

/** By the name that people know, which is the organization's or the certificate's own. */
function issuerOf(socket: TLSSocket): string | undefined {
  const { O, CN } = (socket.getPeerCertificate().issuer ?? {}) as {
    readonly O?: string;
    readonly CN?: string;
  };
  return [CN, O].filter(Boolean).join(", ") || undefined;
}
